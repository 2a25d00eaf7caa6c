"""Step 2: a cycle opens, people rate each other, one by one and in bulk, and everything is scored."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

from deploy.demo import rounds, timeline
from deploy.demo.api import Json
from deploy.demo.ledger import Assessed
from deploy.demo.model import Post
from deploy.demo.rater_relations import Relation
from deploy.demo.rounds import Round
from deploy.demo.run import Run, check
from deploy.demo.scoring import Response, score
from shared import clock
from steward_client import models


async def first_cycle(run: Run) -> str:
    """Open a cycle for everybody, have everybody rated, close it; its id."""
    day = await timeline.today(run.api)
    cycle = await rounds.open_cycle(run.api, run.country, day, day + timedelta(days=30))
    opened = rounds.in_state(cycle, "open")
    check(opened == len(run.country.posts), f"{len(run.country.posts)} posts, {opened} assessments opened")
    run.say(f"cycle open: {opened} assessments")
    current = Round("first", run.ability, run.competency_of)
    run.singles = _one_team(run)
    if run.singles:
        await _one_by_one(run, cycle["cycle_id"], current)
    report = await rounds.send(run.api, _lines(run, cycle["cycle_id"], current))
    check(not report["rejected"], f"bulk lines were refused: {report['rejected'][:3]}")
    check(report["created"] == report["received"], f"bulk lines were not all new: {report}")
    run.say(f"{report['created']} responses in bulk")
    again = await rounds.send(run.api, iter([next(_lines(run, cycle["cycle_id"], current))]))
    check(again["created"] == 0, f"the same bulk lines counted twice: {again}")
    closed = await rounds.close_cycle(run.api, cycle["cycle_id"])
    done = rounds.in_state(closed, "completed")
    check(done == opened, f"{opened} assessments opened, at close: {closed['assessments']}")
    run.say(f"cycle closed: {done} assessments scored")
    await note_completed(run, cycle["cycle_id"])
    return cycle["cycle_id"]


def _one_team(run: Run) -> list[Post]:
    """The posts of the first facility with a team: rated by their own colleagues' sign-ins, if they have any."""
    by_unit = run.country.by_unit()
    facilities = [unit.code for unit in run.country.units if unit.level == "facility"]
    team = next(by_unit[code] for code in facilities if 5 <= len(by_unit[code]) <= 15)
    return team if all(map(run.can_sign_in, team)) else []


def _lines(run: Run, cycle_id: str, current: Round) -> Iterator[list[models.Line]]:
    """Per post the lines of all its raters, for everybody who is not rated one by one."""
    alone = {post.key for post in run.singles}
    for post in run.country.posts:
        if post.key in alone:
            continue
        target = {"cycle_id": cycle_id, "post_id": run.ids.post(post)}
        found, lines = [], []
        for category, rater in _raters(run, post):
            response = current.answer(post, category, rater)
            found.append(response)
            lines.append(current.line(run.ids, category, rater, response, **target))
        run.answers[post.key] = found
        yield lines


async def _one_by_one(run: Run, cycle_id: str, current: Round) -> None:
    """Every invited rater of one team accepts and answers; the last answer completes an assessment."""
    unit = run.singles[0].unit_code
    pages = run.api.acting().all_assessments(cycle=cycle_id, unit=unit)
    assessments = {item["post_id"]: item["assessment_id"] async for item in pages}
    states = await run.api.each(
        _answer_all(run, post, assessments[run.ids.post(post)], current) for post in run.singles
    )
    check(set(states) == {"completed"}, f"after every rater's answer assessments are {set(states)}")
    run.say(f"{len(run.singles)} people of {unit} rated one by one")


async def _answer_all(run: Run, post: Post, assessment_id: str, current: Round) -> str:
    """The raters of this round answer; who was invited besides declines, who was not is invited."""
    wanted = {run.ids.person(rater): (category, rater) for category, rater in _raters(run, post)}
    requests = await _requests(run, assessment_id)
    missing: list[models.Rater] = [
        {"person_id": person, "category": category}
        for person, (category, _) in wanted.items()
        if person not in requests and category != "self"
    ]
    if missing:
        await run.api.acting().post_assessments_by_assessment_id_raters(assessment_id, {"raters": missing})
        requests = await _requests(run, assessment_id)
    by_person = {run.ids.person(each): each for each in run.country.posts}
    for person in requests.keys() - wanted.keys():
        leader = run.api.acting(f"leader:{by_person[person].person.subject}")
        await leader.post_rater_requests_by_request_id_decline(requests[person]["request_id"])
    state, given = "open", []
    for place, (person, (category, rater)) in enumerate(wanted.items(), start=1):
        response = current.answer(post, category, rater)
        given.append(response)
        last = place == len(wanted)
        traced, about = last and post is run.singles[0], (post.person.family, post.unit_code)
        state = await _submit(run, requests[person], rater, about, response, traced=traced)
        check(state == "open" or last, f"{assessment_id} completed before its last rater")
    run.answers[post.key] = given
    return state


def _raters(run: Run, post: Post) -> list[Relation]:
    return run.colleagues.raters(post, run.ids)


async def _requests(run: Run, assessment_id: str) -> dict[str, Json]:
    asked = (await run.api.acting().get_assessments_by_assessment_id_raters(assessment_id))["requests"]
    return {request["person_id"]: request for request in asked}


async def _submit(
    run: Run, request: Json, rater: Post, about: tuple[str, str], response: Response, *, traced: bool
) -> str:
    """One rater learns whom the request is about (family name, unit), accepts and answers.

    Under their own sign-in; the assessment's state afterwards.
    """
    rating, asked_for = run.api.acting(f"leader:{rater.person.subject}"), request["request_id"]
    if request["state"] == "invited":
        await rating.post_rater_requests_by_request_id_accept(asked_for)
        asked = await run.api.until(  # the name is left out while registry is busy
            f"whom {rater.key} rates",
            lambda: rating.get_rater_requests_by_request_id(asked_for),
            lambda found: found["subject"] is not None,
        )
        whom = asked["subject"]
        known = whom and (whom["family_name"], whom["unit_code"])
        check(known == about, f"asked about {about}, told {whom}")
    headers = {}
    if traced:
        run.trace_id = secrets.token_hex(16)
        headers["traceparent"] = f"00-{run.trace_id}-{secrets.token_hex(8)}-01"
    body = {"ratings": response.ratings, "relevance": response.relevance}
    path = f"/v1/rater-requests/{asked_for}/response"
    done = await rating.call("POST", path, json=body, headers=headers, keyed=True)
    return str(done["assessment_state"])


async def follow_up(run: Run, days: int) -> int:
    """Answer the follow-up assessments that are open now, by the raters of the first cycle; how many."""
    wanted = {run.plans[key]["plan_id"]: key for key in run.plans}
    posts = run.posts()

    async def opened() -> list[models.Assessment]:
        pages = run.api.acting().all_assessments(state="open")
        return [
            item async for item in pages if item["kind"] == "follow-up" and item["follow_up_days"] == days
        ]

    found = await run.api.until(
        f"{len(wanted)} follow-up assessments at {days} days", opened, lambda items: len(items) == len(wanted)
    )
    current = Round(f"day-{days}", run.ability, run.competency_of)
    by_person = {run.ids.person(post): post for post in run.country.posts}

    async def lines(item: models.Assessment) -> list[models.Line]:
        post = posts[wanted[item["plan_id"] or ""]]
        asked = await _requests(run, item["assessment_id"])
        answers = [(each["category"], by_person[person]) for person, each in asked.items()]
        responses = [(category, rater, current.answer(post, category, rater)) for category, rater in answers]
        run.answers[post.key] = [response for *_, response in responses]
        target = {"assessment_id": item["assessment_id"]}
        return [current.line(run.ids, category, rater, each, **target) for category, rater, each in responses]

    report = await rounds.send(run.api, iter(await run.api.each(lines(item) for item in found)))
    check(not report["rejected"], f"follow-up lines were refused: {report['rejected'][:3]}")
    await run.api.until("follow-ups to be scored", opened, lambda items: not items)
    await note_completed(run)
    return len(found)


async def note_completed(run: Run, cycle: str | None = None) -> None:
    """Score what was completed, in one cycle or at all, by the script's own reading of the rules; remember it."""
    keys = run.ids.keys
    posts = run.posts()
    pages = run.api.acting().all_assessments(state="completed", cycle=cycle)
    items = [item async for item in pages if item["assessment_id"] not in run.ledger.assessed]
    for item in sorted(items, key=lambda item: str(item["ended_at"])):
        post = posts[keys[item["post_id"]]]
        targets, weights = run.targets[post.role_code]
        scores = score(run.answers[post.key], run.competency_of[item["level"]], targets)
        ended = clock.day_of(datetime.fromisoformat(str(item["ended_at"])))
        run.ledger.assessed[item["assessment_id"]] = Assessed(
            assessment_id=item["assessment_id"],
            person_id=item["person_id"],
            unit_code=item["unit_code"],
            level=item["level"],
            kind=item["kind"],
            plan_id=item["plan_id"],
            completed_on=ended,
            order=len(run.ledger.assessed),
            scores=scores.levels,
            others=scores.others,
            targets=targets,
            weights=weights,
            short=scores.short,
        )
        if ended not in run.days:
            run.days.append(ended)


async def check_results(run: Run, *, at_most: int = 400) -> None:
    """What assessment shows of every assessment (of an even sample of many) is what was expected."""
    noted = list(run.ledger.assessed.values())
    step = max(1, len(noted) // at_most)

    async def one(item: Assessed) -> None:
        shown = await run.api.acting().get_assessments_by_assessment_id_result(item.assessment_id)
        for name, mine in (("scores", item.scores), ("others", item.others)):
            check(
                shown[name] == list(mine), f"{name} of {item.assessment_id}: {shown[name]}, expected {mine}"
            )
        gaps = {gap["competency"] for gap in shown["priorities"]}
        check(len(gaps) == len(item.short), f"gaps of {item.assessment_id}: {gaps}, expected {item.short}")

    await run.api.each(one(item) for item in noted[::step])
    run.counts["assessments"] = len(noted)
    run.counts["scores"] = sum(score is not None for item in noted for score in item.scores)
    run.counts["gaps"] = sum(len(item.short) for item in noted)
    run.say(f"{len(noted[::step])} of {len(noted)} results equal the script's own scoring")
