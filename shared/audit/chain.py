"""The hashes of the audit: of people as salted commitments, of entries, and of the seals that follow one another.

Everything is SHA-256. An entry holds no person but a commitment to those it is about: whoever knows a salt and an
id can show that they are in it, and nobody can tell who is in it once the salt is gone. A seal covers its
entries in order and the seal before, so the last seal vouches for all of it.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

SALT_BYTES = 16
FIRST = "0" * 64  # what the first seal follows
_ENTRY = (
    "entry_id",
    "day",
    "at",
    "caller",
    "client",
    "roles",
    "operation",
    "purpose",
    "people",
    "commitment",
)
_SEAL = ("service", "number", "sealed_at", "entries", "rows", "previous")


def commitment(salt: bytes, people: Iterable[UUID]) -> bytes:
    """The commitment to one person or several, in the order of their ids."""
    return hashlib.sha256(salt + b"".join(sorted(person.bytes for person in people))).digest()


def root(commitments: Iterable[bytes]) -> bytes:
    """What an entry holds of its commitments. Their order tells nothing: they are sorted."""
    return hashlib.sha256(b"".join(sorted(commitments))).digest()


def entry_hash(entry: Mapping[str, Any]) -> bytes:
    """The hash of an entry as it is exported; what is opened beside it is not part of it."""
    return _hash(entry, _ENTRY)


def rows_hash(entries: Sequence[bytes]) -> str:
    """The hash of a seal's entries in order."""
    return hashlib.sha256(b"".join(entries)).hexdigest()


def seal_hash(seal: Mapping[str, Any]) -> str:
    """The hash of a seal as it is exported, which the next one names as `previous`."""
    return _hash(seal, _SEAL).hex()


def signature(pepper: str, digest: str) -> str:
    """What the instance says to a seal: only who knows its secret can make one."""
    return hmac.new(pepper.encode(), b"audit-seal\n" + digest.encode(), hashlib.sha256).hexdigest()


def rater(pepper: str, day: str, operation: str, caller: str) -> bytes:
    """What stands for a rater who did something on a day; nobody's without the instance's secret.

    It is another one every day and for every operation, so that no two acts are known to be of one rater.
    """
    message = f"audit-rater\n{day}\n{operation}\n{caller}".encode()
    return hmac.new(pepper.encode(), message, hashlib.sha256).digest()


def _hash(row: Mapping[str, Any], names: tuple[str, ...]) -> bytes:
    return hashlib.sha256(orjson.dumps({name: row[name] for name in names})).digest()
