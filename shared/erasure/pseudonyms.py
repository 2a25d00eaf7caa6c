"""The id under which rows about somebody go on once the person is erased.

It follows from the id that they had and the instance's pepper, so that services agree on it without telling one
another, and a database that is restored from a backup comes to the same. Without the pepper neither id leads
to the other.
"""

import hashlib
import hmac
from uuid import UUID

_KIND = b"erased person\n"
_IDENTIFIER = "erased identifier"
_pepper = b""


def use(pepper: str) -> None:
    """Set the pepper of the instance that this process belongs to."""
    global _pepper
    _pepper = pepper.encode()


def pseudonym(person_id: UUID) -> UUID:
    """The id that takes the place of `person_id`."""
    digest = hmac.new(_pepper, _KIND + person_id.bytes, hashlib.sha256).digest()
    return UUID(bytes=digest[:16], version=4)


def identifier_digest(system_id: str, value: str) -> bytes:
    """What is stored of what a source system called somebody who was erased: known again, it tells nothing."""
    return hmac.new(_pepper, f"{_IDENTIFIER}\n{system_id}\n{value}".encode(), hashlib.sha256).digest()
