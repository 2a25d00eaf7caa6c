"""Which posts are leadership and management posts: one rule for the whole of Steward.

A role has a level in the framework (B, I, A) or none: none, where it supervises nobody, as most clinical roles do.
A post is a leadership and management post on a day when its role has a level, and, where it is known which roles
have a profile, one on that day (DOMAIN section 3: a filled or vacant post whose role profile is in the framework).
"""

from collections.abc import Iterable
from datetime import date

from shared.events.framework import LEVELS

NO_LEVEL = ""  # in events and projections, of roles without a level

Days = Iterable[tuple[date, date]]  # spans of days, both inclusive


def has_level(level: str | None) -> bool:
    """Whether a level, as events and projections have it, is one of the framework's."""
    return level in LEVELS


def is_leadership_post(level: str | None, profiled: Days | None, day: date) -> bool:
    """Whether a post is one on `day`: `profiled` are the days on which its role has a profile, None: not known."""
    return has_level(level) and (profiled is None or any(first <= day <= last for first, last in profiled))
