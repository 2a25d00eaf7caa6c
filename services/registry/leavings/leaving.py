"""Why a post or a service ends and where the person goes: the codes, and what contradicts what.

Reasons are those by which exits of health workers are counted: voluntary ones (resignation), involuntary ones
(retirement, death, dismissal, ill health), and ends that are no exit, since the person goes on in another post.
Their names are in `content/leavings.json`.
"""

from typing import Literal, NamedTuple, get_args

from shared.fields import Wrong

Reason = Literal[
    "resigned", "retired", "died", "dismissed", "ill-health", "contract-ended", "post-abolished",
    "transferred-out", "transferred", "reassigned", "other", "unknown",
]  # fmt: skip
Destination = Literal[
    "another-unit",
    "another-region",
    "public-employer",
    "other-employer",
    "abroad",
    "education",
    "not-working",
    "unknown",
]
REASONS: tuple[str, ...] = get_args(Reason)
DESTINATIONS: tuple[str, ...] = get_args(Destination)
INTERNAL = ("transferred", "reassigned")  # the person goes on in another post here


class Leaving(NamedTuple):
    """Reason and destination; None where nobody said."""

    reason: str | None = None
    destination: str | None = None


UNSAID = Leaving()


def check_leaving(leaving: Leaving, *, service: bool, pointers: tuple[str, str]) -> None:
    """Pass where reason and destination go together; `service`: of who leaves the service, not a post alone.

    `pointers` are of reason and destination. Raises Wrong `leaving-wrong`.
    """
    reason, destination = leaving
    if destination is not None and reason is None:
        raise Wrong("leaving-wrong", "Say the reason, too.", pointers[0])
    if reason == "died" and destination is not None:
        raise Wrong("leaving-wrong", "Who died has no destination.", pointers[1])
    if service and reason in INTERNAL:
        raise Wrong("leaving-wrong", "Who goes on in another post does not leave the service.", pointers[0])
    if destination == "another-region" and reason != "transferred-out":
        raise Wrong("leaving-wrong", "Another region is where somebody is transferred out to.", pointers[1])
    if destination == "another-unit" and reason not in INTERNAL:
        raise Wrong("leaving-wrong", "Another unit is where somebody is transferred to.", pointers[1])


def continued(moves: bool) -> Leaving:
    """How a post ends that goes on as another term; `moves`: at another unit."""
    return Leaving("transferred", "another-unit") if moves else Leaving("reassigned")
