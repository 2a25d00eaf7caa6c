"""A hub and regions on one machine, each a whole stack of its own, linked as real ones are."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.data_folder.settings import LocalSettings
from deploy.federation.membership.hub import DOCUMENT as HUB
from deploy.federation.membership.hub import Hub
from deploy.federation.membership.region import DOCUMENT as REGION
from deploy.federation.membership.region import Region
from deploy.federation.store.membership_store import Folder
from deploy.local.processes import free_port
from deploy.local.running import supervised
from deploy.local.stack import Stack

NAME = "hub"
LINK_PORT = 7422


@dataclass(frozen=True)
class Federation:
    """The running instances."""

    hub: Stack
    regions: dict[str, Stack]


def members(folder: Path, regions: Sequence[str], link_port: int = 0) -> None:
    """Make hub and regions known to each other in their folders; safe to repeat.

    `link_port` is where the regions call, when it is not where the hub listens.
    """
    hub = Hub(Folder(folder / NAME / "federation"))
    if not hub.folder.file(HUB).exists():
        hub.init(NAME, ["127.0.0.1"], link_port or free_port(LINK_PORT))
    for name in regions:
        region = Region(Folder(folder / name / "federation"))
        if not region.folder.file(REGION).exists():
            region.join(hub.add(region.request(name)))


def stack(folder: Path, name: str, say: Callable[[str], None], trace_ratio: float = 1.0) -> Stack:
    """One instance of the federation in `folder`; nothing is started."""
    settings = LocalSettings(folder=folder / name, instance=name, trace_ratio=trace_ratio)
    return Stack(settings, lambda line: say(f"{name}: {line}"))


@asynccontextmanager
async def running(
    folder: Path, regions: Sequence[str], say: Callable[[str], None], trace_ratio: float = 1.0
) -> AsyncIterator[Federation]:
    """Hub and regions, started one after another and supervised; all are stopped at the end."""
    members(folder, regions)
    found = Federation(
        stack(folder, NAME, say, trace_ratio),
        {name: stack(folder, name, say, trace_ratio) for name in regions},
    )
    async with AsyncExitStack() as exits:
        for each in (found.hub, *found.regions.values()):
            await exits.enter_async_context(supervised(each))
        yield found
