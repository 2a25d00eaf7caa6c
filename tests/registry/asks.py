"""Every operation of registry, asked about one person, so that who is allowed changes nothing."""

from dataclasses import dataclass

from fastapi import FastAPI

from tests.registry.builders import person, post, unit
from tests.registry.erasure.asks import erasing
from tests.registry.establishment.asks import FIGURES
from tests.registry.imports.asks import IMPORTS
from tests.registry.matching.asks import pairs
from tests.registry.region_transfers.asks import transferring
from tests.registry.source_systems.asks import ASKS, identifying
from tests.rights_matrix import STALE, Ask, has, of_audit, of_releases
from tests.served import Client

FACILITIES = {"data": b"x", "headers": {"Content-Type": "text/csv"}}
NDJSON = {"data": b"", "headers": {"Content-Type": "application/x-ndjson"}}
ROLE = {"level": "I", "setting": "facility", "name": {"en": "Matron"}}


@dataclass
class World:
    """A hub's registry, called by HRIS of the country, with a person, their manager and a peer at E1A."""

    app: FastAPI
    root: Client
    own: str
    held: str
    led: str


def asks(world: World) -> dict[str, list[Ask]]:
    at, held, stale = f"/v1/people/{world.own}", f"/v1/posts/{world.held}", {"if_match": STALE}
    born_late = person(birth_year=2199, external_id=None)
    parents = {"level", "parent", "open_from"}  # of the unit that is split
    into = [{name: unit(code)[name] for name in unit(code).keys() - parents} for code in ("E1X", "E1Y")]
    return {
        "GET /v1/me": [Ask("/v1/me")],
        "GET /v1/units": [Ask("/v1/units", listed=has("unit_code", "E1A"))],
        "GET /v1/units/{code}": [Ask("/v1/units/E1A")],
        "GET /v1/units/{code}/versions": [Ask("/v1/units/E1A/versions")],
        "POST /v1/units": [Ask("/v1/units", {"json": unit("E1A", parent="SL-E-1")})],
        "PATCH /v1/units/{code}": [Ask("/v1/units/E1A", {"json": {"name": "x"}, **stale})],
        "POST /v1/units/{code}/move": [Ask("/v1/units/E1A/move", {"json": {"parent": "SL-E-1"}, **stale})],
        "POST /v1/units/{code}/close": [Ask("/v1/units/E1A/close", {"json": {}, **stale})],
        "POST /v1/units/{code}/split": [Ask("/v1/units/E1A/split", {"json": {"into": into}, **stale})],
        "POST /v1/unit-merges": [Ask("/v1/unit-merges", {"json": {"units": ["E1A"], "into": "E1A"}})],
        **identifying(world.own, held),
        "GET /v1/roles": [Ask("/v1/roles")],
        "GET /v1/roles/{code}": [Ask("/v1/roles/ward-manager")],
        "PUT /v1/roles/{code}": [Ask("/v1/roles/ward-manager", {"json": ROLE, **stale})],
        **ASKS,
        "GET /v1/people": [Ask("/v1/people", listed=has("person_id", world.own))],
        "GET /v1/people/{person_id}": [Ask(at)],
        "GET /v1/people/{person_id}/versions": [Ask(f"{at}/versions")],
        "POST /v1/people": [Ask("/v1/people", {"json": born_late}, anywhere=True)],
        "PATCH /v1/people/{person_id}": [Ask(at, {"json": {"cadre": "x"}, **stale})],
        "DELETE /v1/people/{person_id}": [Ask(at, stale)],
        "GET /v1/posts": [Ask("/v1/posts", listed=has("post_id", world.held))],
        "GET /v1/posts/{post_id}": [Ask(held)],
        "GET /v1/posts/{post_id}/versions": [Ask(f"{held}/versions")],
        "POST /v1/posts": [Ask("/v1/posts", {"json": post(world.own, "E1A", valid_to="2020-01-01")})],
        "PATCH /v1/posts/{post_id}": [Ask(held, {"json": {"acting": True}, **stale})],
        "POST /v1/posts/{post_id}/end": [Ask(f"{held}/end", {"json": {"withdrawn": True}, **stale})],
        "POST /v1/imports/facilities": [Ask("/v1/imports/facilities", FACILITIES, anywhere=True)],
        "POST /v1/imports/people": [Ask("/v1/imports/people", NDJSON, anywhere=True)],
        "POST /v1/imports/leavers": [Ask("/v1/imports/leavers", NDJSON, anywhere=True)],
        "POST /v1/imports/posts": [Ask("/v1/imports/posts", NDJSON, anywhere=True)],
        **(FIGURES | IMPORTS | pairs(world.own) | erasing(world.own)),
        **of_releases("headcounts"),
        **of_audit("registry"),
        **transferring(world.own),
        "GET /v1/national/regions": [Ask("/v1/national/regions")],
        "GET /v1/national/unit-regions": [Ask("/v1/national/unit-regions")],
        "GET /v1/national/headcounts": [Ask("/v1/national/headcounts", {"params": {"level": "B"}})],
        "GET /v1/national/units": [Ask("/v1/national/units", {"params": {"region": "nowhere"}})],
    }
