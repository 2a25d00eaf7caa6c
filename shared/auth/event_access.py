"""Whether a reader may see an event: in both moments, when it happened and when it is read. Pure.

One role must reach the person or unit in the same way in both moments. Two roles do not add up to one, nor a team
of then to units of now.
"""

from collections.abc import Iterable

import msgspec

from shared.auth.rights import RIGHTS, Reach

Way = tuple[str, Reach]  # a role of the reader, and how far it takes a right


class Moments(msgspec.Struct, frozen=True, kw_only=True):
    """How an event about a person stands to a reader.

    `now` and `then` are the ways in which the reader could read the person, today and on the day of the event.
    `related` are the person's relations to the reader in either moment, whatever the roles.
    """

    now: frozenset[Way]
    then: frozenset[Way]
    related: frozenset[Reach]


def may_see_person(right: str, moments: Moments) -> bool:
    """Whether the right reaches the person in both moments; a relation that bars it does so in either."""
    if not RIGHTS[right].barred.isdisjoint(moments.related):
        return False
    grants = RIGHTS[right].grants
    return any(reach in grants.get(role, ()) for role, reach in moments.now & moments.then)


def may_see_unit(right: str, roles: Iterable[str], *, now: bool, then: bool) -> bool:
    """Whether a role gives the right in a unit that is inside the reader's, and was."""
    return now and then and any(Reach.UNITS in RIGHTS[right].grants.get(role, ()) for role in roles)


def may_see_anywhere(right: str, roles: Iterable[str], *, country: bool) -> bool:
    """Whether a role gives the right to what is about nobody and no unit; `country` for a reader of all units."""
    wanted = {Reach.ALL, Reach.COUNTRY} if country else {Reach.ALL}
    return any(not wanted.isdisjoint(RIGHTS[right].grants.get(role, ())) for role in roles)
