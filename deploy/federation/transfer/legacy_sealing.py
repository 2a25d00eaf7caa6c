"""Carried files as they were written before they were age files: read still, and written no more.

The magic, the manifest as one line of JSON, an Ed25519 signature of all the rest, and a sealed box of libsodium.
"""

from deploy.federation.federation_error import FederationError
from deploy.federation.pki.keys import Keys, verify

MAGIC = b"steward-carried-1\n"
_SIGNATURE = 64  # bytes of Ed25519


def manifest_of_file(file: bytes) -> bytes:
    """The manifest of a file; nothing of it is proven yet. Raises FederationError."""
    return _split(file)[0]


def opened(file: bytes, keys: Keys, nkey: str) -> bytes:
    """The content of a file that the holder of `nkey` signed. Raises Forged, FederationError."""
    line, rest = _split(file)
    content = rest[_SIGNATURE:]
    verify(nkey, MAGIC + line + b"\n" + content, rest[:_SIGNATURE])
    return keys.opened(content)


def _split(file: bytes) -> tuple[bytes, bytes]:
    """The manifest's line, and what follows it."""
    line, separator, rest = file.removeprefix(MAGIC).partition(b"\n")
    if not separator or len(rest) <= _SIGNATURE:
        raise FederationError("This is no file of a federation.")
    return line, rest
