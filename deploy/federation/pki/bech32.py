"""Bech32 (BIP 173), in which age writes keys: 32 bytes as lower-case text with a checksum."""

_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def encoded(prefix: str, content: bytes) -> str:
    """`content` after a lower-case `prefix`."""
    values = _fives(content)
    checked = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    rest = _remainder([*checked, *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [(rest >> 5 * (5 - place)) & 31 for place in range(6)]
    return f"{prefix}1{''.join(_LETTERS[value] for value in values)}"


def _fives(content: bytes) -> list[int]:
    """The bits in groups of five, the last one filled up with zeros."""
    groups = -(-len(content) * 8 // 5)
    number = int.from_bytes(content) << (groups * 5 - len(content) * 8)
    return [(number >> 5 * (groups - 1 - place)) & 31 for place in range(groups)]


def _remainder(values: list[int]) -> int:
    rest = 1
    for value in values:
        top = rest >> 25
        rest = (rest & 0x1FFFFFF) << 5 ^ value
        for place, factor in enumerate(_GENERATOR):
            rest ^= factor if (top >> place) & 1 else 0
    return rest
