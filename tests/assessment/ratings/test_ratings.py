"""The whole way over HTTP, as the people in it: invited, accepted, answered, scored, read."""

import orjson
import sqlalchemy as sa

from shared import clock, periods
from tests.assessment.rated import NDJSON, THREES, answered, as_person, opened, request_of
from tests.assessment.rollups import releasing
from tests.assessment.world import identity
from tests.servers import wait_for

OFFICER = "data-protection-officer"
WHY = {"Purpose-Of-Use": "PATRQT"}


async def test_the_whole_way_from_invitation_to_result(service, token):
    cycle = await opened(service)
    assert cycle["assessments"] == {"open": 6}
    key = await answered(service, token, cycle, "a0")
    own = as_person(service, token, "a0")
    result = await own.get(f"/v1/assessments/{key}/result")
    assert result.status == 200
    assert result.json["scores"] == [300] * 11
    assert result.json["priorities"][0]["gap"] == 100
    assert {tuple(group["categories"]) for group in result.json["groups"][0]} == {
        ("manager",),
        ("peer", "report"),
    }
    assert "counts" not in result.json
    scores = await as_person(service, token, "aboss").get(f"/v1/people-scores/{identity('a0')}")
    assert [item["assessment_id"] for item in scores.json["items"]] == [key]
    again = await own.get(f"/v1/assessments/{key}/result", headers={"If-None-Match": result.headers["ETag"]})
    assert again.status == 304


async def test_roll_ups_follow_and_below_five_only_who_reads_each_of_them_sees_them(service, token, database):
    period = periods.of(clock.today())

    async def people(client, unit: str):
        answer = await client.get(f"/v1/rollups?unit={unit}&period={period}&level=I")
        assert answer.status == 200
        return [(item["people"], item["suppressed"]) for item in answer.json["levels"]]

    cycle = await opened(service)
    for number in range(3):  # a0 counts already when the test above ran, and counts once
        await answered(service, token, cycle, f"a{number}")
    leader = service.using(token("leader", units=("N",), subject="elsewhere"))
    member = as_person(service, token, "a0", units=("N",))

    async def few():
        return await people(service, "F1") == [(3, False)]

    await wait_for(few)
    assert await people(leader, "F1") == await people(leader, "F2") == []  # where nobody is
    await answered(service, token, cycle, "a3")
    await answered(service, token, cycle, "a4")

    async def five():
        return await people(service, "F1") == [(5, False)]

    await wait_for(five)
    await releasing.publish(database)
    # Not of the facility: beside the country it would say that nobody of F3 counts, where four have posts.
    assert (await people(leader, "N"), await people(leader, "F1")) == ([(5, False)], [])
    assert await people(service, "N") == await people(service, "F1") == [(5, False)]
    assert await people(member, "N") == [(None, True)]  # less their own, it is that of the four others
    await answered(service, token, cycle, "a5")

    async def six():
        return await people(service, "F1") == [(6, False)]

    await wait_for(six)
    await releasing.publish(database)
    assert await people(leader, "N") == [(5, False)]  # what is published does not move person by person
    (figure, *_) = (await service.get(f"/v1/rollups?unit=F1&period={period}&level=I")).json["levels"][0][
        "figures"
    ]
    assert figure == {
        "people": 6,
        "mean": 300,
        "below_target": 6,
        "histogram": [0, 0, 6, 0, 0],
        "unverified": 0,
    }


async def test_the_managers_invitation_says_that_one_manager_can_be_recognised(service, token):
    cycle = await opened(service)
    manager = await request_of(service, token, "aboss", cycle, "a1")
    peer = await request_of(service, token, "a1-ward0", cycle, "a1")
    told = await as_person(service, token, "aboss").get(f"/v1/rater-requests/{manager['request_id']}")
    assert "recognised" in told.json["notice"]["en"]
    assert "reconnue" in told.json["notice"]["fr"]
    told = await as_person(service, token, "a1-ward0").get(f"/v1/rater-requests/{peer['request_id']}")
    assert "recognised" not in told.json["notice"]["en"]


async def test_partners_are_told_that_their_answers_have_no_weight_and_no_figure_shows_them(service, token):
    cycle = await opened(service, max_peers=0, max_reports=0)
    own = as_person(service, token, "a4")
    request = await request_of(service, token, "a4", cycle, "a4")
    partners = [{"person_id": str(identity(name)), "category": "partner"} for name in ("c1", "c2", "c3")]
    path = f"/v1/assessments/{request['assessment_id']}"
    assert (await own.post(f"{path}/raters", json={"raters": partners})).json == {"invited": 3}
    for name in ("c1", "c2", "c3"):
        asked = await request_of(service, token, name, cycle, "a4")
        partner = as_person(service, token, name)
        accepted = await partner.post(f"/v1/rater-requests/{asked['request_id']}/accept")
        assert "no weight" in accepted.json["notice"]["en"]
        ones = {"ratings": [1] * 33}
        done = await partner.post(f"/v1/rater-requests/{asked['request_id']}/response", json=ones)
        assert done.status == 201
    boss = await request_of(service, token, "aboss", cycle, "a4")
    await as_person(service, token, "aboss").post(f"/v1/rater-requests/{boss['request_id']}/accept")
    for name, about in (("aboss", boss), ("a4", request)):
        rater = as_person(service, token, name)
        await rater.post(f"/v1/rater-requests/{about['request_id']}/response", json=THREES)
    result = (await own.get(f"{path}/result")).json
    assert (result["scores"], result["quality"]["not_applicable"]) == ([300] * 11, [0] * 11)
    assert {tuple(group["categories"]) for of in result["groups"] for group in of} == {("manager",)}


async def test_others_learn_nothing(service, token):
    cycle = await opened(service)
    (item,) = (await service.get(f"/v1/assessments?cycle={cycle['cycle_id']}&person={identity('a2')}")).json[
        "items"
    ]
    key = item["assessment_id"]
    request = await request_of(service, token, "aboss", cycle, "a2")
    north = service.using(token("programme-manager", units=("N2",), subject="north"))
    for client in (as_person(service, token, "c0"), as_person(service, token, "a3"), north):
        for path in (
            f"/v1/assessments/{key}",
            f"/v1/assessments/{key}/raters",
            f"/v1/assessments/{key}/result",
        ):
            refused = await client.get(path)
            assert (refused.status, refused.code) == (404, "assessment-unknown")
        assert (await client.get(f"/v1/people-scores/{identity('a2')}")).code == "person-unknown"
        assert not (await client.get(f"/v1/assessments?person={identity('a2')}")).json["items"]
    for client in (as_person(service, token, "a2"), north.using(token("leader", subject="stranger"))):
        assert (await client.get(f"/v1/rater-requests/{request['request_id']}")).status in (403, 404)
    own = as_person(service, token, "a2")
    assert (await own.get(f"/v1/assessments/{key}/result")).code == "assessment-not-completed"
    assert (await own.get(f"/v1/assessments/{key}/raters")).json["requests"] is None
    ops = service.using(token("ops"))
    for path in ("/v1/assessments", "/v1/cycles", "/v1/rollups?unit=N&period=2026Q4"):
        assert (await ops.get(path)).code == "role-missing"
    assert (await service.using(None).get("/v1/assessments")).status == 401


async def test_who_can_make_raters_reads_levels_and_never_groups(service, token):
    cycle = await opened(service)
    (item,) = (await service.get(f"/v1/assessments?cycle={cycle['cycle_id']}&person={identity('a3')}")).json[
        "items"
    ]
    asked = (await service.get(f"/v1/assessments/{item['assessment_id']}/raters")).json["requests"]
    assert "independent" not in asked[0]
    typist = service.using(token("programme-manager", units=("N",), subject="typist"))
    second = service.using(token("programme-manager", units=("N",), subject="second"))
    others = [
        orjson.dumps({"assessment_id": item["assessment_id"], "rater_person_id": request["person_id"],
                      "category": request["category"], "ratings": [2] * 33})
        for request in asked if request["category"] != "self"
    ]  # fmt: skip
    assert (await typist.post("/v1/responses/bulk", data=b"\n".join(others), headers=NDJSON)).json[
        "created"
    ] == len(others)
    await second.post("/v1/responses/bulk", data=b"\n".join(others), headers=NDJSON)
    marked = (await service.get(f"/v1/assessments/{item['assessment_id']}/raters")).json["requests"]
    assert {request["category"] == "self": request["typed_in"] for request in marked} == {
        True: False,
        False: True,
    }
    request = await request_of(service, token, "a3", cycle, "a3")
    own = as_person(service, token, "a3")
    done = await own.post(f"/v1/rater-requests/{request['request_id']}/response", json=THREES)
    assert done.json["assessment_state"] == "completed"
    client = service.using(token("hris", units=("N",)))
    both = service.using(token("hris", "programme-manager", units=("N",), subject="both"))
    for reader, reads in (
        (own, True), (as_person(service, token, "aboss"), True), (service, True),
        (client, False), (both, False), (typist, False), (second, False),
    ):  # fmt: skip
        result = (await reader.get(f"/v1/assessments/{item['assessment_id']}/result")).json
        assert (result["scores"], result["gaps"]) == ([200] * 11, [200] * 11)
        history = (await reader.get(f"/v1/people-scores/{identity('a3')}")).json["items"][-1]
        for shown in (result, history):
            assert (shown["groups"] is not None, shown["quality"] is not None) == (reads, reads)


async def test_an_officer_reads_in_a_persons_place_what_that_person_may_see_and_no_rater(
    service, token, database
):
    """The officer as an insider: nowhere do they learn who rated, or what one of them answered."""
    key, who, role = await answered(service, token, await opened(service), "a0"), str(identity("a0")), OFFICER
    reads = (f"/v1/people-scores/{who}", f"/v1/assessments?person={who}")

    async def asked(path: str, *roles: str, units=("N",), subject="officer", named=who, why=WHY):
        client = service.using(token(*roles, units=units, subject=subject))
        return await client.get(path, headers=({"In-Place-Of": named} if named else {}) | why)

    for path in reads:
        own = await as_person(service, token, "a0").get(path)
        assert own.json["items"]
        assert (await asked(path, role)).json == own.json
        assert (await asked(path, role, named=None)).code == "role-missing", "in nobody's place"
        assert (await asked(path, role, why={})).code == "purpose-required"
        assert (await asked(path, role, units=("F1",))).code == "unit-out-of-scope"
        for other in ("leader", "hris", "programme-manager", "auditor", "ops"):
            assert (await asked(path, other)).code == "role-missing"
        for wrong in (str(identity("a1")), "nobody"):
            assert (await asked(path, role, named=wrong)).code == "person-unknown"
    assert (await asked("/v1/assessments", role)).code == "person-unknown", "of the team, too"
    assert (await asked(f"/v1/assessments?person={identity('a1')}&person={who}", role)).status == 422
    at = f"/v1/assessments/{key}"
    for path in (f"{at}/raters", f"{at}/result", "/v1/rater-requests", "/internal/own-answers"):
        assert (await asked(path, role)).code == "role-missing", path

    async def groups(*roles: str, subject="officer"):
        items = (await asked(reads[0], *roles, subject=subject)).json["items"]
        return [each["groups"] for each in items if each["assessment_id"] == key]

    assert (await groups(role))[0], "as the person sees them"
    assert await groups(role, subject="a1") == [None], "who answered could take the own answer off"
    assert await groups(role, "hris") == [None], "who places people could choose the others"
    async with database.reading() as session:
        seen = sa.text("select roles from audit_entry where operation = :name and purpose = 'PATRQT'")
        roles = set(await session.scalars(seen, {"name": "GET /v1/people-scores/{person_id}"}))
    assert roles == {role, f"{role} hris"}, "the audit has who asked"
