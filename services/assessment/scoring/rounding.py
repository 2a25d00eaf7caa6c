"""Rounding of exact ratios, the only place where figures lose precision (DOMAIN section 2, "Formula")."""

Ratio = tuple[int, int]  # numerator, denominator above 0; exact, not reduced


def half_even(numerator: int, denominator: int) -> int:
    """The whole number nearest to a ratio, ties to the even one; `denominator` is above 0."""
    whole, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and whole & 1):
        return whole + 1
    return whole


def hundredths(ratio: Ratio) -> int:
    """A ratio in hundredths, as it is stored and shown."""
    return half_even(100 * ratio[0], ratio[1])
