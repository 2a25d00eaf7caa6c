"""How many people are too few for a figure of their own.

DOMAIN section 3: "Suppress cells under 5". What follows from several figures is judged in `shared.disclosure`.
"""

SMALLEST_CELL = 5


def small(people: int) -> bool:
    """Whether so few people stand behind a figure that it would tell on them. None tell on nobody."""
    return 0 < people < SMALLEST_CELL


def parted(some: int, rest: int) -> bool:
    """Whether five people and more have something and as many do not: else a count says it of each, or of few."""
    return min(some, rest) >= SMALLEST_CELL
