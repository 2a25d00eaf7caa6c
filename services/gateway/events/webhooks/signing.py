"""Secrets of webhooks and the signatures with them (standardwebhooks.com)."""

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from standardwebhooks.webhooks import Webhook

BYTES = 32
NONCE = 12
OVERLAP = 24 * 3600.0  # seconds that the secret before the newest still signs
_KIND = b"steward webhook secret 1"


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """A secret as it is stored: encrypted. It ends at `until`, in seconds of Unix time; None for the newest.

    `asked` is the digest of the Idempotency-Key under which it was made, None without one.
    """

    sealed: str
    until: float | None = None
    asked: str | None = None


class Secrets:
    """Makes secrets, and signs with them. What is stored can be used with the instance's pepper alone."""

    def __init__(self, pepper: str) -> None:
        self._key = AESGCM(hmac.new(pepper.encode(), _KIND, hashlib.sha256).digest())

    def make(self, webhook_id: str, asked: str | None = None) -> Secret:
        """A new secret of one webhook, `asked` for under an Idempotency-Key."""
        nonce, secret = os.urandom(NONCE), os.urandom(BYTES)
        sealed = nonce + self._key.encrypt(nonce, secret, _KIND + webhook_id.encode())
        return Secret(sealed=base64.b64encode(sealed).decode(), asked=asked)

    def text(self, webhook_id: str, secret: Secret) -> str:
        """The secret as its owner needs it: `whsec_...`."""
        return f"whsec_{base64.b64encode(self._opened(webhook_id, secret)).decode()}"

    def headers(
        self, webhook_id: str, secrets: Iterable[Secret], event_id: str, body: bytes, now: float
    ) -> dict[str, str]:
        """The headers of one delivery, signed with every secret that is valid `now`."""
        moment = datetime.fromtimestamp(int(now), UTC)
        valid = [each for each in secrets if each.until is None or each.until > now]
        signed = (
            Webhook(self._opened(webhook_id, each)).sign(event_id, moment, body.decode()) for each in valid
        )
        return {
            "webhook-id": event_id,
            "webhook-timestamp": str(int(now)),
            "webhook-signature": " ".join(signed),
        }

    def _opened(self, webhook_id: str, secret: Secret) -> bytes:
        sealed = base64.b64decode(secret.sealed)
        return self._key.decrypt(sealed[:NONCE], sealed[NONCE:], _KIND + webhook_id.encode())


def asked_under(key: str) -> str:
    """What is stored of an Idempotency-Key."""
    return hashlib.sha256(key.encode()).hexdigest()


def rotated(secrets: Iterable[Secret], new: Secret, now: float) -> list[Secret]:
    """`new` and the newest so far, which is valid for a day more; older ones end: two are valid at most."""
    newest = [each for each in secrets if each.until is None]
    return [msgspec.structs.replace(each, until=now + OVERLAP) for each in newest] + [new]
