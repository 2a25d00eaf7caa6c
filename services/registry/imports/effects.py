"""What a load does, as one digest: of its lines, of what becomes of each, and of the state that it meets.

Steps come in any order, from statements that return rows in none, so that the digest is a sum: the hash of each
step, added modulo 2 ** 256. With a key it tells nobody more than whether two loads would do the same.
"""

from collections.abc import Iterable
from hashlib import blake2b

NOTHING = "0" * 64
_MODULUS = 1 << 256


def with_step(total: str, *parts: object) -> str:
    """The sum in hexadecimal digits `total` with one step more, told apart by its `parts`."""
    step = blake2b("\x00".join(map(str, parts)).encode(errors="surrogatepass"), digest_size=32).digest()
    return f"{(int(total, 16) + int.from_bytes(step)) % _MODULUS:064x}"


def sealed(total: str, key: bytes, about: Iterable[object]) -> str:
    """The digest of a load with the steps of `total`, under a secret key; `about` is what was asked."""
    digest = blake2b(key=key[:64], digest_size=32, person=b"import-effects")
    digest.update("\x00".join((total, *map(str, about))).encode(errors="surrogatepass"))
    return digest.hexdigest()
