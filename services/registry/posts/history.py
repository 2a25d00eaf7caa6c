"""What a change does to the days on which a post was held already.

A post is a term: unit, role and the rest from its first to its last day. Roll-ups and indicators count past
days where they were, so a change that would put them elsewhere says so by `as_of`, the day from which the
post is as the change says. Before that day it stays as it was: the term ends the day before, and another
one follows it under the same external id. An `as_of` up to the first day corrects the whole term.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from shared.fields import Wrong

_DAY = timedelta(days=1)
_PAST = {  # what the past days of a post keep, with the field that a door calls it by
    "unit_code": "/unit_code",
    "role_code": "/role_code",
    "acting": "/acting",
    "claim": "/primary",
    "valid_from": "/valid_from",
}


@dataclass(frozen=True, slots=True)
class Term:
    """A post from its first to its last day, both inclusive; `claim`: its source calls it primary."""

    unit_code: str
    role_code: str
    valid_from: date
    valid_to: date | None
    acting: bool = False
    claim: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """The term as it is from now on; `ends` is the last day of the one before it, None: changed in place."""

    term: Term
    ends: date | None = None


def change(stored: Term, wanted: Term, as_of: date | None, *, today: date) -> Change:
    """How a stored term becomes what is wanted.

    Raises Wrong `history-changed` or `post-ended`, with the field's pointer, where past days would change
    and no `as_of` says from when.
    """
    if as_of is None:
        if stored.valid_from < today:
            _check_past(stored, wanted, today)
        return Change(wanted)
    start = max(wanted.valid_from, as_of)
    wanted = replace(wanted, valid_from=start)
    if as_of <= stored.valid_from:
        return Change(wanted)
    lasts = stored.valid_to is None or stored.valid_to >= start - _DAY
    if lasts and replace(stored, valid_from=start, valid_to=wanted.valid_to) == wanted:
        return Change(replace(wanted, valid_from=stored.valid_from))  # another last day, nothing else
    return Change(wanted, min(stored.valid_to or start - _DAY, start - _DAY))


def _check_past(stored: Term, wanted: Term, today: date) -> None:
    for name, pointer in _PAST.items():
        if getattr(stored, name) != getattr(wanted, name):
            detail = "The post was held otherwise before; say from which day on it changes (as_of)."
            raise Wrong("history-changed", detail, pointer)
    if stored.valid_to is None or (wanted.valid_to is not None and wanted.valid_to <= stored.valid_to):
        return
    if stored.valid_to < today or wanted.valid_to is None:
        detail = "The post has a last day; say from which day on it goes on (as_of), or send a new post."
        raise Wrong("post-ended", detail, "/valid_to")
