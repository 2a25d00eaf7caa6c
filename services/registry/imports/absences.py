"""What a full list does not name: when that deactivates it, and when a second person decides."""

from collections.abc import Mapping
from datetime import timedelta

from shared.errors import FieldError, Invalid

FEW = 20  # records of one kind, source system and region that are deactivated without a second person
SHARE = 50  # and one in so many of all that the system has there: 2 %
WINDOW = timedelta(days=7)  # in which lists deactivate no more than that together

REASONS = {
    "empty": "The list has no line.",
    "cut-off": "The list has another number of lines than `lines` says: it may have been cut off.",
    "unreadable": "Lines of the list do not say what they are about.",
    "refused": "No line of the list could be taken: it is a list of something else.",
    "unrelated": "The list names nothing that the system knew before: it is a list of something else.",
}


def check_complete(*, stated: int, received: int, unreadable: int, taken: int, known: int, met: int) -> None:
    """Pass where a list can be a full one. Raises Invalid `list-incomplete`, so that nothing of it is stored.

    Of `received` lines, `stated` by its sender, `unreadable` ones name nothing, and `taken` ones were not
    rejected. Of the `known` records of the system the lines name `met`.
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


def needs_second(
    absent: Mapping[str | None, int],
    before: Mapping[str | None, int],
    known: Mapping[str | None, int],
    rejected: int,
) -> bool:
    """Whether somebody else has to approve it that `absent` records, by region, are deactivated.

    `before` are those that earlier lists of the window deactivated by themselves, `known` those that the system
    has now. Also where lines were `rejected`: what they say of the records that they are about is not known.
    """
    if rejected and absent:
        return True
    return any(
        count + before.get(region, 0) > most(known.get(region, 0) + before.get(region, 0))
        for region, count in absent.items()
    )


def most(known: int) -> int:
    """How many of so many records of one system and region lists deactivate by themselves within a window."""
    return max(FEW, known // SHARE)
