"""The file with the accounts of readers that the API made, which nats-server's configuration includes.

nats-server does not start where the file is missing or broken. So it is written as a whole beside and moved
into place, and whoever writes the configuration for a start looks at it first. What it contains is in the records
of the bucket as well, so a broken one is put aside and written again by the process once the server runs.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from deploy.broker.made_readers import accounts
from shared.messaging.reader_requests import PublicKey, ReaderRecord, Sees

NAME = "readers.conf"
BROKEN = ".broken"


class _User(msgspec.Struct):
    nkey: PublicKey


class _Account(msgspec.Struct):
    users: tuple[_User]


def content_of(readers: Iterable[ReaderRecord]) -> bytes:
    """The file's content: an account on each line, in the order of their names."""
    found = sorted(accounts(readers).items())
    return "".join(f"{json.dumps(name)}: {json.dumps(account)}\n" for name, account in found).encode()


def is_sound(content: bytes) -> bool:
    """Whether this is what `content_of` makes, of whichever readers, no two of them with one name or key."""
    try:
        readers = [_reader(line) for line in content.splitlines()]
    except (ValueError, msgspec.MsgspecError):
        return False
    alike = {each.durable for each in readers}, {each.public_key for each in readers}
    return content_of(readers) == content and all(len(each) == len(readers) for each in alike)


def _reader(line: bytes) -> ReaderRecord:
    """The reader whose account a line has. Raises ValueError where it has that of none."""
    ((durable, found),) = json.loads(b"{" + line + b"}").items()
    user = msgspec.convert(found, _Account).users[0]
    for sees in Sees:
        reader = _record(durable, user.nkey, sees)
        if accounts([reader])[durable] == found:
            return reader
    raise ValueError(durable)


def _record(durable: str, public_key: str, sees: Sees) -> ReaderRecord:
    kind, _, rest = durable.partition("-")
    name, _, generation = rest.rpartition("-")
    if kind != "reader":
        raise ValueError(durable)
    values = {"name": name, "generation": generation, "public_key": public_key, "sees": sees}
    return msgspec.convert({**values, "made_at": 0, "made_by": "0" * 32}, ReaderRecord)


def prepare(path: Path) -> bool:
    """Have a file at `path` with which the server starts. False where one was broken, and is put aside."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    content = path.read_bytes() if path.exists() else b""
    sound = is_sound(content)
    if not sound:
        path.replace(path.with_name(path.name + BROKEN))
    if not path.exists():
        write(path, b"")
    return sound


def write(path: Path, content: bytes) -> None:
    """Put `content` in the file's place, at once and for good. Raises ValueError for what is not sound."""
    if not is_sound(content):
        raise ValueError("this is no file of accounts")
    beside = path.with_name(path.name + ".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
