"""An issuer over HTTP whose key set can change, break, or go away."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from deploy.data_folder.issuer import Issuer, make_issuer

NAME = "https://issuer.example"


class LateIssuer(Issuer):
    """Its key pair is made at its first use: modules name issuers when they are collected, in every worker."""

    def __init__(self, key_id: str, name: str = NAME) -> None:
        vars(self).update(key_id=key_id, name=name)

    @cached_property
    def key(self) -> RSAPrivateKey:
        return make_issuer(self.key_id, self.name).key


def issuer(key_id: str = "one") -> Issuer:
    return LateIssuer(key_id)


class Published:
    """What the issuer serves as its key set, and how often it was asked."""

    def __init__(self, *issuers: Issuer) -> None:
        self.document: Any = {}
        self.status = 200
        self.asked = 0
        self.url = ""
        self.publish(*issuers)

    def publish(self, *issuers: Issuer) -> None:
        self.document = {"keys": [key for issuer in issuers for key in issuer.jwks()["keys"]]}

    async def answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        return web.Response(status=self.status, text=json.dumps(self.document))


async def _moved(_: web.Request) -> web.Response:
    raise web.HTTPFound("/jwks")


@asynccontextmanager
async def published(*issuers: Issuer) -> AsyncIterator[Published]:
    keys = Published(*issuers)
    app = web.Application()
    app.router.add_get("/jwks", keys.answer)
    app.router.add_get("/moved", _moved)
    server = TestServer(app)
    await server.start_server()
    keys.url = str(server.make_url("/jwks"))
    try:
        yield keys
    finally:
        await server.close()
