"""Which of a person's simultaneous posts is the primary one: exactly one on every day with a post.

A post may claim to be primary; claims never overlap. Where nobody claims, a substantive post goes
before an acting one, then the one held longest, then the lower id. So the primary post of a day
follows from the posts alone, and when one ends the next takes its place without another command.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple


class Held(NamedTuple):
    """One post of a person; both days inclusive, `valid_to` None while open."""

    post_id: str
    valid_from: date
    valid_to: date | None
    acting: bool
    claim: bool

    def on(self, day: date) -> bool:
        """Whether the post is held on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def overlaps(self, other: "Held") -> bool:
        """Whether both are held on some day."""
        return (other.valid_to is None or self.valid_from <= other.valid_to) and (
            self.valid_to is None or other.valid_from <= self.valid_to
        )


def primary_on(posts: Iterable[Held], day: date) -> str | None:
    """The id of the primary post on `day`, None on a day without a post."""
    held = [post for post in posts if post.on(day)]
    if not held:
        return None
    return min(held, key=lambda post: (not post.claim, post.acting, post.valid_from, post.post_id)).post_id


def rival_claims(posts: Sequence[Held]) -> list[tuple[str, str]]:
    """Pairs of posts that both claim to be primary on the same day; the later start comes second."""
    claims = sorted((post for post in posts if post.claim), key=lambda post: (post.valid_from, post.post_id))
    return [
        (earlier.post_id, later.post_id)
        for place, earlier in enumerate(claims)
        for later in claims[place + 1 :]
        if earlier.overlaps(later)
    ]


def is_primary(post: Held, posts: Sequence[Held], today: date) -> bool:
    """Whether `post` is primary today; before it starts: on its first day, afterwards: on its last."""
    if len(posts) == 1:
        return True
    day = max(today, post.valid_from)
    if post.valid_to is not None:
        day = min(day, post.valid_to)
    return primary_on(posts, day) == post.post_id
