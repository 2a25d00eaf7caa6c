"""What a unit should have and what it has: vacant posts, norms, minimums of staff."""

from datetime import timedelta

from shared import clock
from tests.registry.builders import hired, made, source_client, unit
from tests.registry.imports.test_people import counts, load

SINCE = {"valid_from": "2026-01-01"}
NURSE = {"level": None, "setting": "facility", "name": {"en": "Nurse"}}


async def read(client, unit_code: str, **params: str):
    answer = await client.get("/v1/establishment", params={"unit": unit_code, "on": "2026-06-01", **params})
    assert answer.status == 200, answer.json
    return {each["role_code"]: each for each in answer.json["roles"]}, answer.json["cadres"]


async def clinics(registry, name: str):
    """A district with two units of a type of its own, and a role that leads nobody."""
    await made(registry, "/v1/units", unit(name, level="district", parent="SL-E", type="District"))
    for code in (f"{name}-1", f"{name}-2"):
        await made(registry, "/v1/units", unit(code, parent=name, type=f"Clinic {name}"))
    await registry.put("/v1/roles/nurse", json=NURSE)
    return f"{name}-1", f"{name}-2"


def established(unit_code: str, posts: int, role: str = "ward-manager", **values):
    return {"unit_code": unit_code, "role_code": role, "posts": posts, **SINCE} | values


async def test_vacant_posts_and_the_gap_to_the_norm_are_counted_unit_by_unit(registry, token):
    first, second = await clinics(registry, "EST-A")
    for _ in range(3):
        await hired(registry, first, role_code="ward-manager")
    await hired(registry, second, role_code="ward-manager", acting=True)
    await hired(registry, second, role_code="nurse")
    await made(registry, "/v1/established-posts", established(first, 2))
    await made(registry, "/v1/established-posts", established(second, 2))
    administrator = registry.using(token("ops"))
    norm = {"unit_type": "Clinic EST-A", "role_code": "ward-manager", "posts": 2, **SINCE}
    await made(administrator, "/v1/post-norms", norm)
    roles, _ = await read(registry, "EST-A", tree="true")
    assert roles["ward-manager"] == {
        "role_code": "ward-manager", "level": "B", "leadership": True, "established": 4, "filled": 3, "acting": 1,
        "vacant": 2, "norm": 4, "gap": 2, "units_with_norm": 2, "units_meeting_norm": 1,
    }  # fmt: skip
    assert (roles["nurse"]["leadership"], roles["nurse"]["filled"]) == (False, 1)
    assert (roles["nurse"]["vacant"], roles["nurse"]["norm"]) == (None, None), "nobody stated how many"
    assert (await read(registry, "EST-A"))[0] == {}, "the district itself has none"
    one, _ = await read(registry, first)
    assert (one["ward-manager"]["vacant"], one["ward-manager"]["gap"]) == (0, 0), "more than there should be"


async def test_a_figure_holds_from_its_day_until_the_next(registry):
    first, _ = await clinics(registry, "EST-B")
    for day, posts in (("2026-01-01", 1), ("2026-07-01", 3), ("2027-01-01", 0)):
        await made(registry, "/v1/established-posts", established(first, posts, valid_from=day))
    for day, expected in (("2025-12-31", None), ("2026-06-30", 1), ("2026-07-01", 3), ("2027-05-05", 0)):
        found, _ = await read(registry, first, on=day)
        assert found.get("ward-manager", {}).get("established") == expected
    listed = (await registry.get("/v1/established-posts", params={"unit": first})).json["items"]
    assert [(each["valid_from"], each["posts"]) for each in listed] == [
        ("2026-01-01", 1), ("2026-07-01", 3), ("2027-01-01", 0),
    ]  # fmt: skip


async def test_who_left_or_holds_a_post_on_another_day_fills_none(registry):
    first, _ = await clinics(registry, "EST-C")
    left, _ = await hired(registry, first, role_code="ward-manager")
    await hired(registry, first, role_code="ward-manager", valid_from="2026-06-02")
    await registry.delete(f"/v1/people/{left}", params={"on": "2026-06-01"}, if_match="*")
    await made(registry, "/v1/established-posts", established(first, 1))
    assert (await read(registry, first))[0]["ward-manager"]["vacant"] == 1
    assert (await read(registry, first, on="2026-05-31"))[0]["ward-manager"]["vacant"] == 0
    assert (await read(registry, first, on="2026-06-02"))[0]["ward-manager"]["vacant"] == 0


async def test_staff_of_a_cadre_are_counted_where_there_is_a_minimum(registry):
    first, second = await clinics(registry, "EST-D")
    for cadre in ("Nurse", "Nurse", "Midwife"):
        await hired(registry, first, {"cadre": cadre}, role_code="nurse")
    for code in (first, second):
        await made(
            registry, "/v1/staffing-minimums", {"unit_code": code, "cadre": "Nurse", "staff": 3, **SINCE}
        )
    _, cadres = await read(registry, "EST-D", tree="true")
    assert cadres == [{"cadre": "Nurse", "minimum": 6, "present": 2, "short": 4}]
    _, cadres = await read(registry, first)
    assert cadres == [{"cadre": "Nurse", "minimum": 3, "present": 2, "short": 1}]
    listed = (await registry.get("/v1/staffing-minimums", params={"unit": first})).json["items"]
    assert [each["staff"] for each in listed] == [3]


async def test_figures_come_in_loads(registry, token):
    first, second = await clinics(registry, "EST-E")
    client = await source_client(registry, token, "est", "mfl")
    await client.put(f"/v1/units/{second}/identifiers/mfl", json={"value": "M-2"}, if_match="*")
    by_id = {
        "unit_system": "mfl",
        "unit_external_id": "M-2",
        "role_code": "ward-manager",
        "posts": 2,
        **SINCE,
    }
    lines = [established(first, 1), by_id]
    assert counts(await load(client, *lines, kind="established-posts"))["created"] == 2
    assert counts(await load(client, *lines, kind="established-posts"))["unchanged"] == 2
    report = await load(
        client, established(first, 5), *[established(second, 2)] * 2, kind="established-posts"
    )
    assert (report["updated"], report["unchanged"]) == (1, 1)
    assert [(each["line"], each["code"]) for each in report["rejected"]] == [(3, "figure-repeated")]
    wrong = [
        established("none", 1), established("SL-N", 1, "none"), by_id | {"unit_external_id": "M-3"},
        established(first, 1) | {"unit_system": "mfl"}, established(first, -1), b"{", established(first, 10**9),
    ]  # fmt: skip
    report = await load(client, *wrong, kind="established-posts")
    assert [each["code"] for each in report["rejected"]] == [
        "unit-unknown", "role-unknown", "unit-identifier-unknown", "unit-missing", "field-wrong", "json-invalid",
        "field-wrong",
    ]  # fmt: skip
    minimum = {"unit_code": first, "cadre": "Nurse", "staff": 3, **SINCE}
    assert counts(await load(client, minimum, kind="staffing-minimums"))["created"] == 1
    planner = registry.using(token("programme-manager", units=("SL",)))
    norm = {"unit_type": "Clinic EST-E", "role_code": "ward-manager", "posts": 1, **SINCE}
    assert counts(await load(planner, norm, kind="post-norms"))["created"] == 1
    listed = (await planner.get("/v1/post-norms", params={"type": "Clinic EST-E"})).json["items"]
    assert listed == [norm]


async def test_a_load_of_another_type_is_refused_by_name(registry):
    for what in ("established-posts", "post-norms", "staffing-minimums"):
        answer = await registry.post(f"/v1/imports/{what}", json=[])
        assert (answer.status, answer.code) == (422, "media-type")
        assert [error["pointer"] for error in answer.json["errors"]] == ["/header/Content-Type"]


async def test_figures_are_set_inside_the_callers_units(registry, token):
    north = registry.using(token("hris", units=("SL-N",)))
    refused = await north.post("/v1/established-posts", json=established("E1A", 1))
    assert (refused.status, refused.code) == (403, "unit-out-of-scope")
    report = await load(north, established("E1A", 1), established("SL-N", 1), kind="established-posts")
    assert [(each["line"], each["code"]) for each in report["rejected"]] == [(1, "unit-out-of-scope")]
    assert (await north.get("/v1/establishment?unit=E1A")).code == "unit-out-of-scope"
    unknown = await north.post("/v1/established-posts", json=established("none", 1))
    assert (unknown.status, unknown.code) == (422, "unit-unknown")
    assert (
        await north.post("/v1/established-posts", json=established("SL-N", 1, "none"))
    ).code == "role-unknown"
    norm = {"unit_type": "Clinic", "role_code": "ward-manager", "posts": 1, **SINCE}
    assert (await north.post("/v1/post-norms", json=norm)).code == "role-missing"


async def test_a_day_to_come_is_for_those_who_read_posts(registry, token):
    """A leader of the unit would read off it on which day a colleague leaves an office, before anybody knows."""
    first, _ = await clinics(registry, "EST-F")
    last, after = (clock.today() + timedelta(days=days) for days in (5, 6))
    await hired(registry, first, role_code="ward-manager", valid_to=last.isoformat())
    asked = {"unit": first, "on": after.isoformat()}
    for role in ("hris", "programme-manager"):
        keeper = registry.using(token(role, units=(first,), subject="keeper"))
        assert (await keeper.get("/v1/establishment", params=asked)).json["roles"] == []
    leader = registry.using(token("leader", units=(first,), subject="colleague"))
    assert (await leader.get("/v1/establishment", params=asked)).code == "role-missing"
    now = await leader.get("/v1/establishment", params={"unit": first})
    assert [each["filled"] for each in now.json["roles"]] == [1]


async def test_figures_come_as_csv_too(registry, token):
    """The same figures as rows and as lines are the same; a file with another header sets none."""
    first, second = await clinics(registry, "EST-CSV")
    administrator = registry.using(token("ops"))
    lists = {
        "established-posts": (registry, f"Facility code;Rôle;Posts;From\n{first};nurse;2;01/01/2026\n"),
        "post-norms": (
            administrator,
            "Facility type;Fonction;Norm;Début\nClinic EST-CSV;nurse;3;01/01/2026\n",
        ),
        "staffing-minimums": (registry, f"Unit;Cadre;Minimum;Du\n{second};Nurse;4;01/01/2026\n"),
    }
    for kind, (client, text) in lists.items():
        at, params = f"/v1/imports/{kind}", {"dates": "DD/MM/YYYY"}
        headers = {"Content-Type": "text/csv"}
        for expected in ("created", "unchanged"):
            report = await client.post(at, data=text.encode(), headers=headers, params=params)
            assert (report.status, report.json["received"], report.json[expected]) == (200, 1, 1), report.json
        refused = await client.post(at, data=b"Matricule,Nom\n1,2\n", headers=headers)
        assert (refused.status, refused.code) == (422, "column-missing"), kind
    lines = [{"unit_code": second, "cadre": "Nurse", "staff": 4, **SINCE}]
    assert (await load(registry, *lines, kind="staffing-minimums"))["unchanged"] == 1
    roles, _ = await read(registry, first)
    assert (roles["nurse"]["established"], roles["nurse"]["norm"]) == (2, 3)
