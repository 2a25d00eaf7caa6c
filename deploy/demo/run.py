"""What one run of the main loop knows, and how a step says that it did not hold."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date

from deploy.demo.api import Api
from deploy.demo.ledger import Ledger
from deploy.demo.model import Country, Post
from deploy.demo.rater_relations import Colleagues
from deploy.demo.registration import Ids
from deploy.demo.scoring import Response
from steward_client import models

SEED = 2026


class StepFailed(Exception):
    """A step of the loop did not hold; the message says which and what was seen instead."""


def check(holds: bool, message: str) -> None:
    """Raises StepFailed with the message."""
    if not holds:
        raise StepFailed(message)


@dataclass(slots=True)
class Run:
    """State of a run, filled step by step."""

    api: Api
    say: Callable[[str], None]
    country: Country
    ids: Ids
    ledger: Ledger
    colleagues: Colleagues
    competency_of: dict[str, list[int]]
    targets: dict[str, tuple[list[int], list[int]]]  # role -> targets in hundredths, weights
    ability: dict[str, list[float]]  # by post key
    counts: Counter[str] = field(default_factory=Counter)
    answers: dict[str, list[Response]] = field(default_factory=dict)  # by post key, of the last round
    singles: list[Post] = field(default_factory=list)  # rated one by one, by everybody's own sign-in
    trace_id: str = ""
    plans: dict[str, models.Plan] = field(default_factory=dict)  # agreed and carried out, by post key
    days: list[date] = field(default_factory=list)  # on which something was assessed
    signs_in: Collection[str] | None = None  # keys of the posts whose people have tokens; None: everybody

    def can_sign_in(self, post: Post) -> bool:
        """Whether the script has a token of the person in a post."""
        return self.signs_in is None or post.key in self.signs_in

    def posts(self) -> dict[str, Post]:
        """Everybody's post by key."""
        return {post.key: post for post in self.country.posts}
