"""What a hub publishes must reach its regions, and what a region adapts its hub: frameworks and role profiles."""

from collections.abc import Callable, Mapping

from deploy.demo.api import Api, Json
from deploy.demo.run import check

CORE = "steward-core"
ROLE = "ward-manager"
ASKED = "is asked since the second version"
MEETING_SECONDS = 90.0  # a mirror takes up to 40 s to come back after a break


async def frameworks(hub: Api, regions: Mapping[str, Api], say: Callable[[str], None]) -> int:
    """The next version of the core, published at the hub, is what every region asks; returns how many do."""
    shown = await hub.get(f"/v1/frameworks/{CORE}/versions/1")
    written = {name: value for name, value in shown["content"].items() if name not in {"version", "disabled"}}
    written["items"][0]["text"]["en"] = ASKED
    address = f"/v1/frameworks/{CORE}/versions/2"
    await hub.call("PUT", address, json=written)
    await hub.post(f"{address}/publish")
    wanted = (await hub.get(address))["content"]
    for name, region in regions.items():
        await _asks(region, name)
        check((await region.get(address))["content"] == wanted, f"{name} has another {CORE} 2 than the hub")
        say(f"{name} asks {len(wanted['items'])} items of {CORE} 2, as the hub published it")
    return len(regions)


async def _asks(region: Api, name: str) -> None:
    async def first() -> str:
        found = await region.get("/v1/instruments/B", lang="en")
        return str(found["items"][0]["text"])

    await region.until(f"{CORE} 2 at {name}", first, lambda text: text == ASKED, seconds=MEETING_SECONDS)


async def overlay(hub: Api, name: str, region: Api, say: Callable[[str], None]) -> int:
    """A role profile that a region re-weights is shown at the hub, under its name; returns how many are."""
    path = f"/v1/role-profiles/{ROLE}"
    found = await region.get(path)
    own = {field: found[field] for field in ("level", "setting", "name", "profile")}
    own["profile"]["QM"] = {"target": 4.5, "weight": 5}
    await region.change("PUT", path, found["version"], own)

    async def listed() -> list[Json]:
        return list((await hub.get("/v1/national/overlays"))["items"])

    (item,) = await hub.until(f"the overlay of {name}", listed, bool, seconds=MEETING_SECONDS)
    shown = (item["region"], item["role_code"], item["profile"])
    check(shown == (name, ROLE, own["profile"]), f"the hub shows {item}")
    say(f"{name} measures a {ROLE} against targets of its own, over {CORE} {item['framework_version']}")
    return 1
