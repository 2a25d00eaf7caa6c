"""A round of assessment: who rates whom, what they say, how it reaches the platform."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from deploy.demo import ratings
from deploy.demo.api import Api, Json, NotReached, Refused
from deploy.demo.model import Country, Post
from deploy.demo.registration import Ids
from deploy.demo.scoring import Response
from deploy.demo.staffing import LEVELS
from shared.events import framework

FRAMEWORK = "steward-core"
CHUNK = 3000  # lines of one bulk call: about a megabyte
RATERS = 3  # peers and reports asked of each post, as few as a group may have
TYPIST, SECOND = "hris", "programme-manager:second-entry"  # who enter answers, each all of them
CHAIN = 5  # events that set off one another, and one more
Relation = tuple[str, Post]  # category, rater


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
        for category, pool in (("report", self._reports.get(post.key, [])), ("peer", peers)):
            found += [(category, other) for other in sorted(pool, key=place)[:at_most]]
        return found


@dataclass(slots=True)
class Round:
    """One cycle or one set of follow-ups: a name that seeds its ratings, and what everybody can do in it."""

    name: str
    ability: Mapping[str, Sequence[float]]  # by post key
    competency_of: Mapping[str, Sequence[int]]  # by level: the competency's place for every item

    def answer(self, post: Post, category: str, rater: Post) -> Response:
        """What one rater says of one post."""
        key = f"{self.name}/{post.key}/{rater.key}"
        items = self.competency_of[LEVELS[post.role_code]]
        given = ratings.response(self.ability[post.key], items, category, key)
        return Response(category, given, ratings.relevance(key, category))

    def line(self, ids: Ids, category: str, rater: Post, response: Response, **target: str) -> Json:
        """One answer as the bulk import takes it; `target` names the assessment."""
        found: Json = {
            **target,
            "rater_person_id": ids.person(rater),
            "category": category,
            "ratings": response.ratings,
        }
        if response.relevance is not None:
            found["relevance"] = response.relevance
        return found


async def instruments(api: Api) -> dict[str, list[int]]:
    """The competency's place for every item, by level, as the published instruments have them."""
    found = {}
    for level in framework.LEVELS:
        instrument = await api.get(f"/v1/instruments/{level}")
        found[level] = [framework.COMPETENCIES.index(item["competency"]) for item in instrument["items"]]
    return found


async def profiles(api: Api) -> dict[str, tuple[list[int], list[int]]]:
    """Targets in hundredths and weights of every role, eleven places each."""
    found = {}
    async for role in api.pages("/v1/role-profiles"):
        aims = [role["profile"][code] for code in framework.COMPETENCIES]
        found[role["role_code"]] = (
            [round(aim["target"] * 100) for aim in aims],
            [aim["weight"] for aim in aims],
        )
    return found


def abilities(country: Country, seed: int) -> dict[str, list[float]]:
    """What everybody can do before any development, by post key."""
    return {post.key: ratings.ability(seed, post.key, LEVELS[post.role_code]) for post in country.posts}


async def open_cycle(
    api: Api, country: Country, first: date, last: date, *, unit: str | None = None, raters: int = RATERS
) -> Json:
    """Draft and open a cycle for all roles of the country, or of one unit in it."""
    draft = {
        "unit_code": unit or country.root,
        "role_codes": sorted(LEVELS),
        "framework_code": FRAMEWORK,
        "framework_version": 1,
        "starts_on": first.isoformat(),
        "ends_on": last.isoformat(),
        "max_peers": raters,
        "max_reports": raters,
    }
    path = f"/v1/cycles/{(await api.post('/v1/cycles', draft))['cycle_id']}"
    try:
        await api.post(f"{path}/open")
    except Refused as refused:
        if refused.code != "cycle-not-draft":  # its first day is today: the timer may have been faster
            raise
    opened: Json = await api.get(path)
    return opened


async def send(api: Api, groups: Iterator[list[Json]]) -> Json:
    """Send the lines of many assessments in bulk; an assessment's own line, by its subject, comes last.

    Answers are typed in, so a second person enters them as well, before the last one completes the
    assessment: else they would not count towards the minimum of a group.
    """
    total: Json = defaultdict(int)
    rejected: list[Json] = []
    waiting: list[Json] = []

    async def flush() -> None:
        if waiting:
            own = [line for line in waiting if line["category"] == "self"]
            others = [line for line in waiting if line["category"] != "self"]
            for lines, who in ((others, TYPIST), (others, SECOND), (own, TYPIST)):
                report = await api.lines("/v1/responses/bulk", lines, who=who)
                if who == SECOND:  # refused as answered already, and compared
                    rejected.extend(line for line in report["rejected"] if line["code"] != "already-answered")
                    continue
                rejected.extend(report["rejected"])
                for name in ("received", "created", "unchanged"):
                    total[name] += report[name]
            waiting.clear()

    for lines in groups:
        waiting.extend(lines)
        if len(waiting) >= CHUNK:
            await flush()
    await flush()
    return {**total, "rejected": rejected}


async def close_cycle(api: Api, cycle_id: str, *, seconds: float = 120) -> Json:
    """Close a cycle and wait until everything in it is scored; its figures are released at the next date."""
    await api.post(f"/v1/cycles/{cycle_id}/close")
    return await api.until(
        "the cycle's scores",
        lambda: api.get(f"/v1/cycles/{cycle_id}"),
        lambda cycle: cycle["settled_at"] is not None,
        seconds=seconds,
    )


async def settled(api: Api, *, seconds: float = 120, dead_letters: int = 0) -> Json:
    """Wait until every event that was published so far was consumed, with those that it set off.

    Raises NotReached at the deadline, and at once when more than `dead_letters` events, and those
    known before, could not be handled.
    """
    quiet = _at_rest() if api.alone else _passed()

    def good(found: Json) -> bool:
        if found["dead_letters"] > max(dead_letters, api.known_dead_letters):
            raise NotReached(f"{found['dead_letters']} events could not be handled; see /v1/dead-letters")
        return quiet(found)

    return await api.until(
        "every event to be consumed", lambda: api.get("/v1/flow", who="ops"), good, seconds=seconds
    )


def _at_rest() -> Callable[[Json], bool]:
    """Nothing pending, twice in a row with equal counts."""
    before: Json = {}

    def quiet(found: Json) -> bool:
        nonlocal before
        calm = found["backlog"] == 0 and found == before
        before = found
        return bool(calm)

    return quiet


def _passed() -> Callable[[Json], bool]:
    """For an instance on which others publish meanwhile: each outbox and consumer was seen empty.

    A service whose queue is empty has applied all that came before. Asked several times, as events cause events.
    """
    seen: set[str] = set()
    rounds = 0

    def quiet(found: Json) -> bool:
        nonlocal rounds
        queues = {
            f"{service}/{name}": waiting
            for service, counts in found["services"].items()
            for name, waiting in {"outbox": counts["events_waiting"], **counts["consumers"]}.items()
        }
        seen.update(name for name, waiting in queues.items() if waiting == 0)
        if not found["missing"] and seen >= queues.keys():
            seen.clear()
            rounds += 1
        return rounds >= CHAIN

    return quiet


async def everybody_counted(api: Api, root: str, period: str, people: int, *, seconds: float = 120) -> None:
    """Wait until a period's coverage counts everybody: what time alone changes is recomputed then."""
    await api.until(
        f"everybody to be counted in {period}",
        lambda: api.get("/v1/indicator-values", unit=root, indicator="OP-01", period=period),
        lambda found: [value["people"] for value in found["items"]] == [people],
        seconds=seconds,
    )
    await settled(api)
