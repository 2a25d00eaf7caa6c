"""Who rates whom: everybody's manager, reports and peers."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Literal

from deploy.demo.model import Country, Post
from deploy.demo.registration import Ids

RATERS = 3  # peers and reports asked of each post, as few as a group may have
Category = Literal["self", "manager", "peer", "report"]
Relation = tuple[Category, Post]  # and who rates


@dataclass(slots=True)
class Colleagues:
    """Everybody's manager, reports and peers, from the posts."""

    country: Country
    _by_key: dict[str, Post] = field(init=False)
    _reports: dict[str, list[Post]] = field(init=False)

    def __post_init__(self) -> None:
        """Index the posts by key and by manager."""
        self._by_key = {post.key: post for post in self.country.posts}
        self._reports = defaultdict(list)
        for post in self.country.posts:
            if post.manager:
                self._reports[post.manager].append(post)

    def raters(self, post: Post, ids: Ids, *, at_most: int = RATERS) -> list[Relation]:
        """Whom a cycle asks about a post: self, manager, and some peers and reports, nobody twice.

        The platform picks them by a hash of the cycle's seed, the post and the rater; who is not asked,
        but rates nevertheless, does not count towards the minimum of a group.
        """

        def place(rater: Post) -> str:
            key = f"1{ids.post(post)}{ids.person(rater)}"  # the seed of a cycle, where nobody gives one
            return hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()

        found: list[Relation] = [("self", post)]
        if post.manager:
            found.append(("manager", self._by_key[post.manager]))
        peers = [other for other in self._reports.get(post.manager or "", ()) if other is not post]
        reports = sorted(self._reports.get(post.key, []), key=place)[:at_most]
        found += [("report", other) for other in reports]
        found += [("peer", other) for other in sorted(peers, key=place)[:at_most]]
        return found
