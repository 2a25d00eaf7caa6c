"""What a service of the instance vouches for towards another, beyond a caller's token."""

import hashlib
import hmac

HEADER = "steward-seal"


def seal(pepper: str, durable: str, event: bytes) -> str:
    """The seal of a dead letter that the gateway read from the stream for `durable`.

    The pepper is known to the instance's services alone, so the holder of a token alone cannot make one.
    """
    return hmac.new(
        pepper.encode(), b"dead-letter\n%s\n%s" % (durable.encode(), event), hashlib.sha256
    ).hexdigest()


def unbroken(sent: str | None, pepper: str, durable: str, event: bytes) -> bool:
    """Whether `sent` is the seal of exactly this event for this consumer."""
    return sent is not None and hmac.compare_digest(sent.encode(), seal(pepper, durable, event).encode())


def seal_keys(pepper: str, document: bytes) -> str:
    """Registry's seal of the key set of the instance's own clients, so that nobody on the way puts in a key."""
    return hmac.new(pepper.encode(), b"client-keys\n" + document, hashlib.sha256).hexdigest()


def unbroken_keys(sent: str | None, pepper: str, document: bytes) -> bool:
    """Whether registry sealed exactly this key set."""
    return sent is not None and hmac.compare_digest(sent.encode(), seal_keys(pepper, document).encode())
