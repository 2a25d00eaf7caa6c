"""Documents that operators send each other, as files, or printed and read where a command runs in a container."""

import errno
import json
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from deploy.federation.federation_error import FederationError

DASH = Path("-")  # standard input or output: a container sees no folder of its caller


def text(document: dict[str, Any]) -> bytes:
    """A document as it is sent."""
    return json.dumps(document, indent=1).encode() + b"\n"


def give(path: Path, content: bytes) -> None:
    """Write a file in one step, or print it. Raises FederationError where that cannot be done."""
    try:
        if path == DASH:
            sys.stdout.buffer.write(content)
            sys.stdout.flush()
        elif path.exists() and not path.is_file():
            path.write_bytes(content)  # a device or a pipe: nothing can take its place
        else:
            _replace(path.resolve(), content)
    except OSError as error:
        raise FederationError(f"{path} cannot be written: {error.strerror}.") from None


def _replace(path: Path, content: bytes) -> None:
    """Write another file and rename it once it is on the disk: a USB stick may be removed at any time."""
    beside = path.with_name(f"{path.name}.new")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def called(path: Path) -> str:
    """The file as a sentence names it."""
    return "what was printed" if path == DASH else str(path)


def _heard(path: Path) -> str:
    return "What came in" if path == DASH else str(path)


def document(path: Path) -> dict[str, Any]:
    """One that somebody sent. Raises FederationError for what no hub or region writes."""
    try:
        found = msgspec.json.decode(read(path))
    except (ValueError, RecursionError):
        raise FederationError(f"{_heard(path)} is not JSON.") from None
    if not isinstance(found, dict):
        raise FederationError(f"{_heard(path)} is not what a hub or region writes.")
    return found


def check_writable(path: Path) -> None:
    """Raises FederationError where no file could be written: it is known before what it tells of is done."""
    folder = path.resolve().parent
    if path == DASH:
        return
    for wrong, reason in (
        (path.is_dir(), errno.EISDIR),
        (not folder.is_dir(), errno.ENOENT),
        (not os.access(folder, os.W_OK), errno.EACCES),
    ):
        if wrong:
            raise FederationError(f"{path} cannot be written: {os.strerror(reason)}.")


def read(path: Path, most: int = -1) -> bytes:
    """A file's content, or what is piped in.

    Raises FederationError where it cannot be read, or has more than `most` bytes.
    """
    limit = most if most < 0 else most + 1
    try:
        if path == DASH:
            content = sys.stdin.buffer.read(limit)
        else:
            with path.open("rb") as file:
                content = file.read(limit)
    except OSError as error:
        raise FederationError(f"{path} cannot be read: {error.strerror}.") from None
    if 0 <= most < len(content):
        raise FederationError(f"{_heard(path)} is too large: nobody here writes such a file.")
    return content
