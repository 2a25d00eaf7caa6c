"""Whom a full list does not name: when that deactivates them, and when a second person decides."""

from collections.abc import Mapping

from shared.errors import FieldError, Invalid

FEW = 20  # people of one source system and region who are deactivated without a second person
SHARE = 50  # and one in so many of all whom the system has there: 2 %

REASONS = {
    "empty": "The list has no line.",
    "cut-off": "The list has another number of lines than `lines` says: it may have been cut off.",
    "unreadable": "Lines of the list do not say whom they are about.",
    "refused": "No line of the list could be taken: it is a list of something else.",
    "unrelated": "The list names nobody whom the system knew before: it is a list of something else.",
}


def check_complete(*, stated: int, received: int, unreadable: int, taken: int, known: int, met: int) -> None:
    """Pass where a list can be a full one. Raises Invalid `list-incomplete`, so that nothing of it is stored.

    Of `received` lines, `stated` by its sender, `unreadable` ones name nobody, and `taken` ones were not rejected.
    Of the `known` people of the system the lines name `met`.
    """
    doubts = {
        "empty": received == 0,
        "cut-off": received != stated,
        "unreadable": unreadable > 0,
        "refused": taken == 0,
        "unrelated": known > 0 and met == 0,
    }
    for reason, doubtful in doubts.items():
        if doubtful:
            error = FieldError("/query/full", f"list-{reason}", REASONS[reason])
            raise Invalid("list-incomplete", "The list is not taken as a full one.", [error])


def needs_second(absent: Mapping[str | None, int], known: Mapping[str | None, int], rejected: int) -> bool:
    """Whether somebody else has to approve it that `absent` people, of all `known`, by region, are deactivated.

    Also where lines were `rejected`: what they say of those whom they are about is not known.
    """
    if rejected and absent:
        return True
    return any(count > most(known.get(region, 0)) for region, count in absent.items())


def most(known: int) -> int:
    """How many of the people of one system and region a list deactivates by itself."""
    return max(FEW, known // SHARE)
