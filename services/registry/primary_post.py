"""Which of a person's simultaneous posts is the primary one: exactly one on every day with a post.

A post may claim to be primary; claims never overlap. Where nobody claims, a substantive post goes
before an acting one, then the one held longest, then the lower id. So the primary post of a day
follows from the posts alone, and when one ends the next takes its place without another command.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from heapq import heappop, heappush
from itertools import islice, takewhile
from typing import NamedTuple

MOST = 500  # posts of one person, past ones included: what tells of the person is one message


class Held(NamedTuple):
    """One post of a person; both days inclusive, `valid_to` None while open."""

    post_id: str
    valid_from: date
    valid_to: date | None
    acting: bool
    claim: bool

    def overlaps(self, other: "Held") -> bool:
        """Whether both are held on some day."""
        return (other.valid_to is None or self.valid_from <= other.valid_to) and (
            self.valid_to is None or other.valid_from <= self.valid_to
        )


def rival_claims(posts: Iterable[Held]) -> list[tuple[str, str]]:
    """Pairs of posts that both claim to be primary on the same day; the later start comes second."""
    claims = sorted((post for post in posts if post.claim), key=lambda post: (post.valid_from, post.post_id))
    return [
        (earlier.post_id, later.post_id)
        for place, earlier in enumerate(claims)
        for later in takewhile(earlier.overlaps, islice(claims, place + 1, None))
    ]


def primary_posts(posts: Sequence[Held], today: date) -> set[str]:
    """Ids of the posts that are primary today; before one starts: on its first day, afterwards: on its last.

    In the order of days, so that the work grows with the posts and not with their square.
    """
    if len(posts) == 1:
        return {posts[0].post_id}
    asked = sorted((_day_of(post, today), post.post_id) for post in posts)
    coming = sorted(posts, key=lambda post: post.valid_from, reverse=True)
    held: list[tuple[tuple[bool, bool, date, str], date]] = []
    found = set()
    for day, post_id in asked:
        while coming and coming[-1].valid_from <= day:
            post = coming.pop()
            heappush(held, (_rank(post), post.valid_to or date.max))
        while held[0][1] < day:
            heappop(held)
        if held[0][0][-1] == post_id:
            found.add(post_id)
    return found


def _rank(post: Held) -> tuple[bool, bool, date, str]:
    return (not post.claim, post.acting, post.valid_from, post.post_id)


def _day_of(post: Held, today: date) -> date:
    day = max(today, post.valid_from)
    return day if post.valid_to is None else min(day, post.valid_to)
