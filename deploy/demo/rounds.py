"""A round of assessment: what raters say, and how it reaches the platform."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from deploy.demo import ratings
from deploy.demo.api import Api, Json, NotReached, Refused
from deploy.demo.model import Country, Post
from deploy.demo.rater_relations import RATERS, Category
from deploy.demo.registration import Ids
from deploy.demo.scoring import Response
from deploy.demo.staffing import LEVELS
from shared.events import framework
from steward_client import models

FRAMEWORK = "steward-core"
CHUNK = 3000  # lines of one bulk call: about a megabyte
TYPIST, SECOND = "hris", "programme-manager:second-entry"  # who enter answers, each all of them
CHAIN = 5  # events that set off one another, and one more


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

    def line(
        self,
        ids: Ids,
        category: Category,
        rater: Post,
        response: Response,
        *,
        assessment_id: str | None = None,
        cycle_id: str | None = None,
        post_id: str | None = None,
    ) -> models.Line:
        """One answer as the bulk import takes it, to an assessment by id or by cycle and post."""
        found: models.Line = {
            "rater_person_id": ids.person(rater),
            "category": category,
            "ratings": response.ratings,
        }
        if assessment_id:
            found["assessment_id"] = assessment_id
        else:
            found["cycle_id"], found["post_id"] = cycle_id, post_id
        if response.relevance is not None:
            found["relevance"] = response.relevance
        return found


async def instruments(api: Api) -> dict[str, list[int]]:
    """The competency's place for every item, by level, as the published instruments have them."""
    found = {}
    for level in framework.LEVELS:
        instrument = await api.acting().get_instruments_by_level(level)
        found[level] = [framework.COMPETENCIES.index(item["competency"]) for item in instrument["items"]]
    return found


async def profiles(api: Api) -> dict[str, tuple[list[int], list[int]]]:
    """Targets in hundredths and weights of every role, eleven places each."""
    found = {}
    async for role in api.acting().all_role_profiles():
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
) -> models.Cycle:
    """Draft and open a cycle for all roles of the country, or of one unit in it."""
    draft: models.CycleDraft = {
        "unit_code": unit or country.root,
        "role_codes": sorted(LEVELS),
        "framework_code": FRAMEWORK,
        "framework_version": 1,
        "starts_on": first.isoformat(),
        "ends_on": last.isoformat(),
        "max_peers": raters,
        "max_reports": raters,
    }
    manager = api.acting()
    cycle_id = (await manager.post_cycles(draft))["cycle_id"]
    try:
        await manager.post_cycles_by_cycle_id_open(cycle_id)
    except Refused as refused:
        if refused.code != "cycle-not-draft":  # its first day is today: the timer may have been faster
            raise
    return await manager.get_cycles_by_cycle_id(cycle_id)


def in_state(cycle: models.Cycle, state: str) -> int:
    """How many assessments of a cycle are in a state."""
    return (cycle.get("assessments") or {})[state]


async def send(api: Api, groups: Iterator[list[models.Line]]) -> Json:
    """Send the lines of many assessments in bulk; an assessment's own line, by its subject, comes last.

    Answers are typed in, so a second person enters them as well, before the last one completes the
    assessment: else they would not count towards the minimum of a group.
    """
    total: Json = defaultdict(int)
    rejected: list[Json] = []
    waiting: list[models.Line] = []

    async def flush() -> None:
        if waiting:
            own = [line for line in waiting if line["category"] == "self"]
            others = [line for line in waiting if line["category"] != "self"]
            for lines, who in ((others, TYPIST), (others, SECOND), (own, TYPIST)):
                report = await api.acting(who).post_responses_bulk(lines)
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


async def close_cycle(api: Api, cycle_id: str, *, seconds: float = 120) -> models.Cycle:
    """Close a cycle and wait until everything in it is scored; its figures are released at the next date."""
    await api.acting().post_cycles_by_cycle_id_close(cycle_id)
    return await api.until(
        "the cycle's scores",
        lambda: api.acting().get_cycles_by_cycle_id(cycle_id),
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

    return await api.until("every event to be consumed", api.acting("ops").get_flow, good, seconds=seconds)


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
        lambda: api.acting().get_indicator_values(unit=root, indicator="OP-01", period=period),
        lambda found: [value["people"] for value in found["items"]] == [people],
        seconds=seconds,
    )
    await settled(api)
