"""A token issuer for development: a key pair in the data folder, a JWKS document, signed tokens.

It exists in local mode only. Its key is made on the machine and both the issuer's name and the key's
id (`dev-...`) say what it is: a service outside local mode refuses to start with the one and refuses
tokens of the other.
"""

import json
import os
import secrets
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from shared.auth.caller import DEVELOPMENT_ISSUER

NAME = DEVELOPMENT_ISSUER
AUDIENCE = "steward"
ROLES = ("hris", "programme-manager", "leader", "ops", "auditor", "data-protection-officer")
CLIENTS = ("hris", "ops")  # machines by nature: their tokens name a client and no person


@dataclass(frozen=True)
class Issuer:
    """A signing key and the name of it."""

    key: rsa.RSAPrivateKey
    key_id: str
    name: str = NAME

    def jwks(self) -> dict[str, Any]:
        """The public key set, as RFC 7517 has it."""
        key = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**key, "kid": self.key_id, "use": "sig", "alg": "RS256"}]}

    def token(
        self,
        *roles: str,
        units: tuple[str, ...] = (),
        subject: str = "",
        client: bool | None = None,
        seconds: int = 12 * 3600,
        **claims: Any,
    ) -> str:
        """A signed access token. `units` are the org units it is valid below; further claims win.

        Without a subject the token's is its first role. `client` says whether a program holds it;
        by default hris and ops tokens are client credentials.
        """
        now = int(time.time())
        sub = subject or (roles[0] if roles else "nobody")
        is_client = client if client is not None else not subject and sub in CLIENTS
        content: dict[str, Any] = {
            "iss": self.name,
            "aud": AUDIENCE,
            "sub": sub,
            "iat": now,
            "exp": now + seconds,
            "roles": list(roles),
            "units": list(units),
        }
        if is_client:
            content["client_id"] = sub  # as RFC 9068 says of a program's own token
        return jwt.encode(content | claims, self.key, algorithm="RS256", headers={"kid": self.key_id})


def make_issuer(key_id: str, name: str = NAME) -> Issuer:
    """A new key pair; it is not stored."""
    return Issuer(rsa.generate_private_key(public_exponent=65537, key_size=2048), key_id, name)


def stored_issuer(folder: Path) -> Issuer:
    """The issuer of a data folder, made on first use: issuer.pem (mode 600) and jwks.json."""
    path = folder / "issuer.pem"
    if path.exists():
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        assert isinstance(key, rsa.RSAPrivateKey)
        return Issuer(key, json.loads(jwks_file(folder).read_text())["keys"][0]["kid"])
    issuer = make_issuer(f"dev-{secrets.token_hex(4)}")
    content = issuer.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    jwks_file(folder).write_text(json.dumps(issuer.jwks(), indent=1))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    return issuer


def jwks_file(folder: Path) -> Path:
    """Where the gateway finds the public key set it serves."""
    return folder / "jwks.json"


if __name__ == "__main__":  # makes the key of a folder: `python -m deploy.data_folder.issuer FOLDER`
    stored_issuer(Path(sys.argv[1]))
