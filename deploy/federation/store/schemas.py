"""The schemas of the documents that an instance stores about its federation."""

from typing import Annotated, Any, Literal

import msgspec

HUB, REGION = "hub.json", "region.json"  # which of them a folder has says what its instance is
REQUEST, EPOCH, KEYS = "request.json", "epoch.json", "keys.json"
BOOKMARKS = "carried.json"  # by reader and stream the last number that went into a file
TAKEN = "taken.json"  # by writer, stream and own epoch, as a backup lacks what came, the last number in one

EPOCHS = 1_000_000  # more than anybody restores; the epoch is multiplied for sequences and is in stream names
Epoch = Annotated[int, msgspec.Meta(ge=1, lt=EPOCHS)]


class _Member(msgspec.Struct):
    nkey: str
    box: str
    epoch: Epoch
    state: str


class _Hub(msgspec.Struct):
    hub: str
    hosts: Annotated[list[str], msgspec.Meta(min_length=1)]
    port: int
    own_authority: bool
    regions: dict[str, _Member]


class _Region(msgspec.Struct):
    hub: str
    url: str
    region: str
    nkey: str
    box: str
    certificate: Literal["link", "ministry"]


class _Request(msgspec.Struct):
    region: str
    nkey: str


class _Epoch(msgspec.Struct):
    epoch: Epoch


class _Keys(msgspec.Struct):
    seed: str
    box: str


_KINDS: dict[str, Any] = {
    HUB: _Hub,
    REGION: _Region,
    REQUEST: _Request,
    EPOCH: _Epoch,
    KEYS: _Keys,
    BOOKMARKS: dict[str, int],
    TAKEN: dict[str, int],
}


def read(name: str, content: bytes) -> dict[str, Any]:
    """The document called `name`. Raises ValueError, which says what is wrong, for one that cannot be used."""
    try:
        found: dict[str, Any] = msgspec.json.decode(content, type=dict[str, Any])
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if name in _KINDS:
        msgspec.convert(found, _KINDS[name])
    return found
