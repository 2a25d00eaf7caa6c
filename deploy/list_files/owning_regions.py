"""Which region owns which unit, and its public key: asked of the hub, or read from a folder with a file a region.

A file of the folder, `north.json`, is what the hub stated of north when it was written::

    {"region": "north", "address": "https://...", "sealing_key": "age1...", "signing_key": "U...",
     "units": [["SL-N", "Northern", "region"], ...]}
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from deploy.federation.federation_error import FederationError
from deploy.federation.membership.names import check_instance
from deploy.federation.store import files

PAGE = 200  # units of one answer of the hub
MOST = 64 * 1024 * 1024  # bytes of a file of the folder

Unit = tuple[str, str | None, str]  # code, name, level


class Region(msgspec.Struct):
    """A region with its units; null is what it does not state."""

    region: str
    address: str | None = None
    sealing_key: str | None = None
    signing_key: str | None = None
    units: list[Unit] = []


class Owners:
    """Regions by the codes of their units, and by the names of those that are regions."""

    def __init__(self, regions: Iterable[Region]) -> None:
        self.regions = sorted(regions, key=lambda region: region.region)
        self._by_code: dict[str, int] = {}
        self._by_name: dict[str, int] = {}
        for place, region in enumerate(self.regions):
            for code, name, level in region.units:
                self._by_code[code] = self._by_code.get(code, 0) | 1 << place
                if level == "region":
                    for word in filter(None, (code, name)):
                        self._by_name[_key(word)] = self._by_name.get(_key(word), 0) | 1 << place

    def of_unit(self, code: str) -> int:
        """The regions that have a unit of this code, as bits by their places; 0 for none."""
        return self._by_code.get(code, 0)

    def of_name(self, name: str) -> int:
        """The regions that have a unit of the level `region` of this name or code."""
        return self._by_name.get(_key(name), 0)


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


async def ask(hub: str, token: str) -> list[Region]:
    """What the hub knows of its regions. Raises FederationError with the problem's code."""
    headers = {"Authorization": f"Bearer {token}"}
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=60)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as http:
        try:
            found = {
                one["region"]: msgspec.convert(one, Region) async for one in _items(http, hub, "regions")
            }
            async for one in _items(http, hub, "unit-regions"):
                region = found.setdefault(one["region"], Region(one["region"]))
                region.units.append((one["unit_code"], one["name"], one["level"]))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise FederationError(f"{hub} does not answer: {type(error).__name__}.") from None
        except (msgspec.MsgspecError, ValueError, KeyError, TypeError):
            raise FederationError(f"{hub} answers what no hub does.") from None
    return _checked(found.values())


async def _items(http: aiohttp.ClientSession, hub: str, what: str) -> AsyncIterator[dict[str, Any]]:
    more: dict[str, str] = {}
    while True:
        parameters = {"limit": str(PAGE), **more}
        async with http.get(f"{hub}/v1/national/{what}", params=parameters) as answer:
            body = await answer.json(content_type=None)
            if answer.status != 200:
                raise FederationError(f"{body['code']}: {body['detail']}")
        for item in body["items"]:
            yield item
        if body["next"] is None:
            return
        more = {"cursor": body["next"]}


def stored(folder: Path) -> list[Region]:
    """The regions of a folder. Raises FederationError."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise FederationError(f"There is no file of a region in {folder}.")
    return _checked(map(_read, paths))


def _checked(regions: Iterable[Region]) -> list[Region]:
    """Regions whose names are names: files are called so. Raises FederationError."""
    found = list(regions)
    for region in found:
        check_instance(region.region)
    return found


def named(folder: Path, region: str) -> Region:
    """One region of a folder. Raises FederationError."""
    found = next((one for one in stored(folder) if one.region == region), None)
    if found is None:
        raise FederationError(f"There is no file of {region} in {folder}.")
    return found


def _read(path: Path) -> Region:
    try:
        return msgspec.json.decode(files.read(path, MOST), type=Region)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise FederationError(f"{path} is no file of a region.") from None


async def store(folder: Path, regions: Iterable[Region]) -> None:
    """Write a file for each region. Raises FederationError."""
    for region in regions:
        content = msgspec.json.format(msgspec.json.encode(region), indent=0) + b"\n"
        await asyncio.to_thread(files.give, folder / f"{region.region}.json", content)
