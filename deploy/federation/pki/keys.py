"""The keys of an instance: an NKEY that signs, for its link and its files, and a box that files are sealed for."""

import base64
import os
import re
from dataclasses import dataclass

import nkeys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from nacl.encoding import HexEncoder
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.signing import VerifyKey

from deploy.federation.pki.bech32 import encoded

_NKEY = re.compile(r"[A-Z2-7]{56}")  # 35 bytes in base32
_BOX = re.compile(r"[0-9a-f]{64}")


class Forged(Exception):
    """What was received is not signed by whom it names, or is not sealed for us."""


@dataclass(frozen=True)
class Keys:
    """Private halves: an NKEY user seed (``SU...``) and an X25519 key in hexadecimal digits."""

    seed: str
    box: str

    @classmethod
    def made(cls) -> "Keys":
        """New ones."""
        seed = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER).decode()
        return cls(seed, PrivateKey.generate().encode(HexEncoder).decode())

    def check(self) -> None:
        """Raises ValueError for what are no such keys."""
        try:
            check_nkey(self.public)
            check_box(self.public_box)
        except (nkeys.NkeysError, CryptoError) as error:
            raise ValueError("these are no keys of an instance.") from error

    @property
    def public(self) -> str:
        """The NKEY's public half (``U...``): what nats-server and the other side know."""
        return str(nkeys.from_seed(self.seed.encode()).public_key.decode())

    @property
    def public_box(self) -> str:
        """The public half of the box."""
        return PrivateKey(self.box.encode(), HexEncoder).public_key.encode(HexEncoder).decode()

    def sign(self, content: bytes) -> bytes:
        """An Ed25519 signature of 64 bytes."""
        return bytes(nkeys.from_seed(self.seed.encode()).sign(content))

    @property
    def signer(self) -> Ed25519PrivateKey:
        """The NKEY's private half, as it signs a JSON Web Signature."""
        return Ed25519PrivateKey.from_private_bytes(bytes(nkeys.decode_seed(self.seed.encode())[1]))

    @property
    def identity(self) -> str:
        """The private half of the box as age writes it (``AGE-SECRET-KEY-1...``)."""
        return encoded("age-secret-key-", bytes.fromhex(self.box)).upper()

    def opened(self, sealed: bytes) -> bytes:
        """What was sealed for our box. Raises Forged."""
        try:
            return SealedBox(PrivateKey(self.box.encode(), HexEncoder)).decrypt(sealed)
        except (CryptoError, ValueError) as error:
            raise Forged("It is not sealed for this instance, or was changed on the way.") from error


def sealed(content: bytes, public_box: str) -> bytes:
    """`content` for the holder of a box alone."""
    return SealedBox(PublicKey(public_box.encode(), HexEncoder)).encrypt(content)


def recipient(public_box: str) -> str:
    """The public half of a box as age writes it (``age1...``)."""
    return encoded("age", bytes.fromhex(public_box))


def verifier(public: str) -> Ed25519PublicKey:
    """The public half of an NKEY, as it verifies a JSON Web Signature. Raises ValueError for what is none."""
    return Ed25519PublicKey.from_public_bytes(_raw(public))


def verify(public: str, content: bytes, signature: bytes) -> None:
    """Raises Forged unless the holder of the NKEY `public` signed `content`."""
    try:
        VerifyKey(_raw(public)).verify(content, signature)
    except (CryptoError, ValueError) as error:
        raise Forged("The signature is not the sender's.") from error


def check_nkey(public: str) -> None:
    """Raises ValueError for what is no public NKEY of a user, as nats-server would refuse it."""
    _raw(public)


def check_box(public_box: str) -> None:
    """Raises ValueError for what nothing could be sealed for."""
    if not _BOX.fullmatch(public_box):
        raise ValueError("a box is 64 hexadecimal digits.")
    try:
        sealed(b"", public_box)
    except CryptoError:  # a point of low order, for which everybody has the key
        raise ValueError("nothing can be sealed for this box.") from None


def _raw(public: str) -> bytes:
    """The 32 bytes of a user's public NKEY: base32 of a prefix byte, the key, two bytes of checksum."""
    if not _NKEY.fullmatch(public):
        raise ValueError("an NKEY is 56 letters and digits in base32.")
    decoded = base64.b32decode(public)
    body, checksum = decoded[:-2], decoded[-2:]
    if len(body) != 33 or body[0] != nkeys.PREFIX_BYTE_USER or nkeys.crc16_checksum(body) != checksum:
        raise ValueError("this is no NKEY of a user.")
    return body[1:]
