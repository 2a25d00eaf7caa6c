"""The demonstration country: nine months of history, loaded through the gateway on a fresh stack."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from time import monotonic

from deploy.demo import mandoria, plan_steps, ratings, registration, rounds, timeline
from deploy.demo.api import Api, Tokens
from deploy.demo.ledger import Ledger
from deploy.demo.model import Country, Post
from deploy.demo.rater_relations import Colleagues
from deploy.demo.registration import Ids
from deploy.demo.rounds import Round
from deploy.demo.staffing import staff
from shared import periods
from steward_client import models

SEED = 7
BEGINS = timedelta(days=-270)
BETWEEN = timedelta(days=90)  # cycles
CYCLES = 3
STEPS = 3 + 2 * CYCLES  # lines that a load says
WORK = timedelta(days=21)  # from a plan's agreement to its first completed activities
AGREED = 80  # plans in each cycle
CARRIED_OUT = 40  # of them
LEADER = "leader"  # sign-in name of the facility manager in tokens of `steward token leader`


@dataclass(slots=True)
class History:
    """What the loader knows as the months pass."""

    api: Api
    say: Callable[[str], None]
    country: Country
    ids: Ids
    ledger: Ledger
    colleagues: Colleagues
    ability: dict[str, list[float]]
    competency_of: dict[str, list[int]]
    developed: dict[str, int] = field(default_factory=dict)  # cycle by post key


async def load(
    url: str,
    token: Tokens,
    say: Callable[[str], None],
) -> dict[str, str]:
    """Load everything; the root unit's code and the leader's sign-in name.

    Domain time starts nine months back and ends at the present.
    """
    began = monotonic()
    async with Api(url, token, units=(mandoria.ROOT,), recorded=False) as api:
        await timeline.advance(api, BEGINS - await timeline.offset(api))
        history = await _register(api, say)
        for number in range(1, CYCLES + 1):
            await _cycle(history, number)
        await _open_now(history)
        day = await timeline.advance(api, -await timeline.offset(api))
        await rounds.everybody_counted(api, mandoria.ROOT, periods.of(day), len(history.country.posts))
    say(f"the country has its history, {monotonic() - began:.0f} s")
    return {"root": mandoria.ROOT, "leader": LEADER}


async def _register(api: Api, say: Callable[[str], None]) -> History:
    content = registration.facility_csv(mandoria.country())
    registration.clean(
        await registration.load_facilities(api, content, mandoria.ROOT, {}), content.count(b"\n") - 1, "units"
    )
    units = await registration.read_units(api)
    country = staff(units, seed=SEED, since=await timeline.today(api), subjects={"facility-manager": LEADER})
    for report in await registration.load_people(api, country):
        registration.clean(report, len(country.posts), "people and posts")
    ids = await registration.read_ids(api)
    await rounds.settled(api)
    say(f"{len(units)} units, {len(country.posts)} people with their posts")
    home = {ids.person(post): post.unit_code for post in country.posts}
    return History(
        api=api,
        say=say,
        country=country,
        ids=ids,
        ledger=Ledger(country.paths(), home),
        colleagues=Colleagues(country),
        ability=rounds.abilities(country, SEED),
        competency_of=await rounds.instruments(api),
    )


async def _cycle(history: History, number: int) -> None:
    """Rate everybody, develop some, and let the quarter pass with its follow-ups."""
    api = history.api
    day = await timeline.today(api)
    cycle = await rounds.open_cycle(api, history.country, day, day + timedelta(days=14))
    current = Round(f"cycle-{number}", history.ability, history.competency_of)
    report = await rounds.send(api, _lines(history, cycle["cycle_id"], current))
    assert not report["rejected"], f"bulk lines were refused: {report['rejected'][:3]}"
    closed = await rounds.close_cycle(api, cycle["cycle_id"])
    done = rounds.in_state(closed, "completed")
    history.say(
        f"cycle {number} of {CYCLES}, {day:%B %Y}: {report['created']} responses, {done} people scored"
    )
    await rounds.settled(api)
    agreed = await _develop(history, number)
    await timeline.advance(api, WORK)
    followed = await _follow_ups(history, number)
    activities = await _carry_out(history, number, agreed[:CARRIED_OUT])
    summary = f"{len(agreed)} plans agreed, {activities} activities completed, {followed} people rated again"
    history.say(summary)
    await timeline.advance(api, BETWEEN - WORK)


def _lines(history: History, cycle_id: str, current: Round) -> Iterator[list[models.Line]]:
    for post in history.country.posts:
        target = {"cycle_id": cycle_id, "post_id": history.ids.post(post)}
        raters = history.colleagues.raters(post, history.ids)
        yield [
            current.line(history.ids, category, rater, current.answer(post, category, rater), **target)
            for category, rater in raters
        ]


def _teams(history: History, number: int) -> list[Post]:
    """Whole facilities, others in every cycle, the leader's in the first: figures of units can be shown."""
    by_unit = history.country.by_unit()
    own = next(post.unit_code for post in history.country.posts if post.person.subject == LEADER)
    facilities = [
        unit.code for unit in history.country.units if unit.level == "facility" and unit.code != own
    ]
    Random(SEED).shuffle(facilities)
    chosen = [own] if number == 1 else []
    chosen += facilities[number * 20 : number * 20 + 20]
    found = [post for code in chosen for post in by_unit[code] if post.key not in history.developed]
    return found[:AGREED]


async def _develop(history: History, number: int) -> list[tuple[Post, models.Plan]]:
    """Agree the plans of some teams."""
    api = history.api
    posts = {history.ids.person(post): post for post in _teams(history, number)}
    found: list[models.Plan] = []
    for code in dict.fromkeys(post.unit_code for post in posts.values()):
        found += [plan async for plan in api.acting().all_plans(state="proposed", unit=code)]
    mine = [plan for plan in found if plan["person_id"] in posts and plan["activities"]]
    agreed = await plan_steps.agree(api, history.ledger, mine)
    return [(posts[plan["person_id"]], plan) for plan in agreed]


async def _carry_out(history: History, number: int, agreed: list[tuple[Post, models.Plan]]) -> int:
    """Do most of what was planned, react and be tested; abilities grow."""
    api = history.api
    done = await api.each(
        plan_steps.carry_out(api, history.ledger, plan, Random(f"{SEED}/{post.key}"), share=0.6)
        for post, plan in agreed
    )
    await rounds.settled(api)
    active = [pair for pair, number in zip(agreed, done, strict=True) if number]
    await api.each(
        plan_steps.answer(api, history.ledger, plan, post.person.subject, Random(f"{SEED}/answer/{post.key}"))
        for post, plan in active
    )
    for post, plan in active:
        history.developed[post.key] = number
        gain = 0.8 if Random(f"{SEED}/improves/{post.key}").random() < 0.6 else 0.1
        history.ability[post.key] = ratings.developed(
            history.ability[post.key], plan["competencies"], gain=gain
        )
    return sum(done)


async def _follow_ups(history: History, number: int) -> int:
    """Answer the re-ratings that come now: 90 days after the last cycle's work, 180 after the one before."""
    api = history.api
    current = Round(f"follow-up-{number}", history.ability, history.competency_of)
    posts = {history.ids.post(post): post for post in history.country.posts}
    people = {history.ids.person(post): post for post in history.country.posts}
    expected = sum(cycle >= number - 2 for cycle in history.developed.values())

    async def opened() -> list[models.Assessment]:
        pages = api.acting().all_assessments(state="open")
        return [item async for item in pages if item["kind"] == "follow-up"]

    items = await api.until(f"{expected} re-ratings", opened, lambda found: len(found) == expected)

    async def lines(item: models.Assessment) -> list[models.Line]:
        shown = await api.acting().get_assessments_by_assessment_id_raters(item["assessment_id"])
        post, target = posts[item["post_id"]], {"assessment_id": item["assessment_id"]}
        answers = [(each["category"], people[each["person_id"]]) for each in shown["requests"]]
        return [
            current.line(history.ids, category, rater, current.answer(post, category, rater), **target)
            for category, rater in answers
        ]

    report = await rounds.send(api, iter(await api.each(lines(item) for item in items)))
    assert not report["rejected"], f"follow-up lines were refused: {report['rejected'][:3]}"
    return len(items)


async def _open_now(history: History) -> None:
    """A cycle that is open today in the leader's district, so that there is somebody to rate."""
    unit = next(post.unit_code for post in history.country.posts if post.person.subject == LEADER)
    district = history.country.paths()[unit][-2]
    first: date = await timeline.today(history.api)
    await rounds.open_cycle(history.api, history.country, first, first + timedelta(days=45), unit=district)
    await rounds.settled(history.api)
    history.say(f"a cycle is open in {district}")
