"""Access tokens of the instance's own clients: what is in them, and the keys that sign them (RFC 9068, RFC 7518).

A private key is stored encrypted under the instance's pepper: whoever reads a backup alone signs nothing.
"""

import hashlib
import hmac
import json
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

ISSUER = (
    "urn:steward:clients"  # stands for the issuer in subject keys: another address changes nobody's identity
)
ROLES = frozenset({"hris", "programme-manager"})  # what programs may be; leaders are people
LIFETIME = 300  # seconds that a token lasts, and a revoked client's goes on
LIMIT = "requests_per_minute"  # the claim with the client's own limit
ALGORITHM = "ES256"


def new_key(pepper: str) -> tuple[str, dict[str, Any]]:
    """A key pair: the private key, encrypted, and the public one as a JWK without an id."""
    private = ec.generate_private_key(ec.SECP256R1())
    encrypted = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(_password(pepper)),
    )
    public = json.loads(ECAlgorithm.to_jwk(private.public_key()))
    return encrypted.decode(), {**public, "use": "sig", "alg": ALGORITHM}


def sign(encrypted: str, key_id: str, pepper: str, claims: dict[str, Any]) -> str:
    """An access token with these claims. Raises ValueError for a key that another pepper encrypted."""
    headers = {"kid": key_id, "typ": "at+jwt"}
    return jwt.encode(claims, _opened(encrypted, pepper), algorithm=ALGORITHM, headers=headers)


@lru_cache(maxsize=4)  # opening one takes milliseconds
def _opened(encrypted: str, pepper: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(encrypted.encode(), _password(pepper))
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _password(pepper: str) -> bytes:
    return hmac.new(pepper.encode(), b"client-signing-keys", hashlib.sha256).hexdigest().encode()
