"""When the figures of a group may move: no one's share may be told from what they moved by.

DOMAIN section 2: published figures move "when 5 more people are in, never person by person". The
figures of a tree move at one moment, from the root downwards: a unit only together with its parent,
and only when the shares of five people or more changed in it since it last moved. Who compares a
parent with its parts, or what a parent moved by with what its parts moved by, is then left with a
remainder; that too must be nobody's or five people's. Otherwise some part stays as it was, and one
that never moved is hidden.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from shared.suppression import SMALLEST_CELL, small


@dataclass(frozen=True, slots=True)
class Part:
    """A unit below one that moves. Of each set of people up to five are known, which is enough."""

    unit_code: str
    people: int
    shown: bool  # it moved before
    earlier: frozenset[UUID]  # changed after its own last move, before its parent's
    fresh: frozenset[UUID]  # changed since its parent's last move

    @property
    def changed(self) -> frozenset[UUID]:
        """Whose share changed since it last moved."""
        return self.earlier | self.fresh

    @property
    def may_move(self) -> bool:
        """Whether five people changed in it, and five are in it."""
        return len(self.changed) >= SMALLEST_CELL and self.people >= SMALLEST_CELL


def moving(own_people: int, own_changed: frozenset[UUID], parts: Iterable[Part]) -> frozenset[str]:
    """Which parts of a moving total move with it.

    `own_people` belong to the total alone, `own_changed` of them changed since it last moved. The
    smallest part stays until both remainders are safe, which gain by every part that stays; those
    that stayed the last time come last, so that it is not always the same.
    """
    known = list(parts)
    able = [part for part in known if part.may_move]
    able.sort(key=lambda part: (bool(part.earlier), part.people, part.unit_code))
    chosen = [part.unit_code for part in able]
    while chosen:
        found = set(chosen)
        if not small(_left(own_people, known, found)) and not small(_moved_by(own_changed, known, found)):
            return frozenset(found)
        chosen.pop(0)
    return frozenset()


def _left(own_people: int, parts: list[Part], found: set[str]) -> int:
    """People in the total less its parts as they will be published."""
    staying = [part for part in parts if part.unit_code not in found]
    behind = {person for part in staying if part.shown for person in part.changed}
    return own_people + len(behind) + sum(part.people for part in staying if not part.shown)


def _moved_by(own_changed: frozenset[UUID], parts: list[Part], found: set[str]) -> int:
    """The fewest people whose changes are left when those of any moving parts are subtracted.

    A moving part that did not keep step moved also by what the total had told before: subtracting
    it leaves that, not subtracting it leaves what is fresh.
    """
    left = set(own_changed)
    for part in parts:
        left |= min(part.fresh, part.earlier, key=len) if part.unit_code in found else part.fresh
    return len(left)
