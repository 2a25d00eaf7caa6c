"""How a carried file is sealed and signed, of standard parts: an age file, and a JSON Web Signature before it.

::

    steward-carried-2
    <JWS of the manifest and of the SHA-256 of what follows, by EdDSA: RFC 7515, RFC 8037>
    <an age file for one X25519 recipient: age-encryption.org/v1>

The recipient is the reader's box, the signature that of the writer's NKEY: both are keys that a membership has
anyway. So ``tail -n +3 FILE | age --decrypt`` and any JOSE library read what this writes.
"""

import hashlib
from typing import Any

import jwt
import msgspec
import pyrage

from deploy.federation.federation_error import FederationError
from deploy.federation.pki.keys import Forged, Keys, recipient, verifier

MAGIC = b"steward-carried-2\n"
_TYPE = "steward-carried"  # no signature for anything else is taken for that of a file
_LONGEST = 64 * 1024  # bytes of the signed line
_AGE_HEADER = 4096  # bytes, of 200 that one recipient takes: pyrage takes minutes for one that is long


class _Signed(msgspec.Struct):
    manifest: msgspec.Raw
    sha256: str


def seal(manifest: bytes, content: bytes, keys: Keys, box: str) -> bytes:
    """A file with `content` for the holder of `box` alone, and a `manifest` in JSON that anybody reads."""
    return seal_to(manifest, content, keys, recipient(box))


def seal_to(manifest: bytes, content: bytes, keys: Keys, sealing_key: str) -> bytes:
    """The same for who is known by a key as age writes it. Raises FederationError for what is no such key."""
    try:
        reader = pyrage.x25519.Recipient.from_str(sealing_key)
    except pyrage.RecipientError:
        raise FederationError("This is no key that a file can be sealed to.") from None
    aged = pyrage.encrypt(content, [reader])
    signed = msgspec.json.encode(_Signed(msgspec.Raw(manifest), hashlib.sha256(aged).hexdigest()))
    line = jwt.PyJWS().encode(signed, keys.signer, algorithm="EdDSA", headers={"typ": _TYPE})
    return MAGIC + line.encode() + b"\n" + aged


def manifest_of_file(file: bytes) -> bytes:
    """The manifest of a file; nothing of it is proven yet. Raises FederationError."""
    return bytes(_decoded(_split(file)[0], options={"verify_signature": False}).manifest)


def opened(file: bytes, keys: Keys, nkey: str) -> bytes:
    """The content of a file that the holder of `nkey` signed. Raises Forged, FederationError."""
    line, aged = _split(file)
    signed = _decoded(line, verifier(nkey), algorithms=["EdDSA"])
    if signed.sha256 != hashlib.sha256(aged).hexdigest():
        raise Forged("It was changed on the way.")
    if aged.find(b"\n--- ", 0, _AGE_HEADER) < 0:
        raise Forged("It is not sealed for this instance.")
    try:
        return bytes(pyrage.decrypt(aged, [pyrage.x25519.Identity.from_str(keys.identity)]))
    except pyrage.DecryptError as error:
        raise Forged("It is not sealed for this instance.") from error


def _split(file: bytes) -> tuple[bytes, bytes]:
    """The signed line, and the age file."""
    end = file.find(b"\n", len(MAGIC), len(MAGIC) + _LONGEST)
    if not file.startswith(MAGIC) or end < 0:
        raise FederationError("This is no file of a federation.")
    return file[len(MAGIC) : end], file[end + 1 :]


def _decoded(line: bytes, *key: Any, **how: Any) -> _Signed:
    try:
        found = jwt.PyJWS().decode_complete(line, *key, **how)
        if found["header"].get("typ") != _TYPE:
            raise Forged("The signature is not that of a file.")
        return msgspec.json.decode(found["payload"], type=_Signed)
    except jwt.InvalidSignatureError as error:
        raise Forged("The signature is not the sender's.") from error
    except (jwt.PyJWTError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise FederationError("This is no file of a federation.") from None
