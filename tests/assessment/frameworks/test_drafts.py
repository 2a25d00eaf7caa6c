"""Drafts, overlays and what is refused of them."""

import pytest

from shared.events.framework import COMPETENCIES
from tests.assessment.frameworks.drafts import CORE, OUTBREAK, drafted


async def test_emergency_overlay_adds_items_behind_the_cores(ops):
    found = (await ops.get("/v1/instruments/B", params={"framework": "emergency"})).json
    governance = [item["code"] for item in found["items"] if item["competency"] == "GV"]
    assert governance == ["GV-B-1", "GV-B-2", "GV-B-3", "GV-B-EM1"]
    assert len(found["items"]) == 37


async def test_a_draft_is_changed_published_and_then_immutable(ops):
    address = "/v1/frameworks/outbreak/versions/1"
    made = await drafted(ops, "outbreak")
    assert (await ops.put(address, json=OUTBREAK)).code == "if-match-required"
    changed = await ops.put(
        address, json=OUTBREAK | {"disabled_items": ["VS-B-3"]}, if_match=made.headers["ETag"]
    )
    assert changed.status == 200, changed.body
    stale = await ops.put(address, json=OUTBREAK, if_match=made.headers["ETag"])
    assert (stale.status, stale.code) == (412, "stale-etag")
    published = await ops.post(f"{address}/publish", if_match=changed.headers["ETag"])
    assert (published.status, published.json["state"]) == (200, "published")
    refused = await ops.put(address, json=OUTBREAK, if_match=published.headers["ETag"])
    assert (refused.status, refused.code) == (409, "framework-published")
    assert (await ops.post(f"{address}/publish")).code == "framework-published"
    asked = (await ops.get("/v1/instruments/B", params={"framework": "outbreak"})).json["items"]
    assert len(asked) == 32
    assert "VS-B-3" not in {item["code"] for item in asked}
    assert [item["code"] for item in (await ops.get(address)).json["content"]["disabled"]] == ["VS-B-3"]


SWAHILI = {
    "languages": ["sw", "pt"],
    "renamed_items": {"VS-B-1": {"text": {"sw": "anaeleza malengo"}, "self_text": None}},
    "competencies": [{"code": code, "name": {"sw": f"{code} kwa Kiswahili"}} for code in COMPETENCIES],
    "stems": {"rater": {"sw": "Mtu huyu ..."}, "self": {"sw": "Mimi ..."}},
    "scale": {"anchors": [{"value": 1, "name": {"sw": "Bado"}}]},
    "rater_categories": [{"code": "manager", "name": {"sw": "Meneja"}}],
}


async def test_a_language_that_an_overlay_adds_is_served_text_by_text(ops):
    draft = await drafted(ops, "swahili", **SWAHILI)
    assert draft.status == 201
    address = "/v1/frameworks/swahili/versions/1"
    assert (await ops.post(f"{address}/publish")).status == 200
    asked = await ops.get(
        "/v1/instruments/B",
        params={"framework": "swahili", "lang": "sw-KE"},
        headers={"Accept-Language": "fr"},
    )
    found = asked.json
    assert (found["language"], asked.headers["Content-Language"]) == ("sw", "sw")
    assert found["languages"] == ["en", "fr", "sw", "pt"]
    items = {item["code"]: item for item in found["items"]}
    assert items["VS-B-1"]["text"] == "anaeleza malengo"
    assert items["VS-B-2"]["text"].startswith(
        "traduit"
    )  # the next language asked for, where there is no Swahili
    assert found["competencies"][0]["name"] == "VS kwa Kiswahili"
    assert found["stems"] == {"rater": "Mtu huyu ...", "self": "Mimi ..."}
    assert (found["scale"]["minimum"], found["scale"]["anchors"][0]["name"]) == (1, "Bado")
    assert found["scale"]["anchors"][1]["name"] == "Rarement"
    manager = next(part for part in found["rater_categories"] if part["code"] == "manager")
    assert (manager["name"], manager["weight"]) == ("Meneja", 40)
    whole = await ops.get(address, params={"lang": "sw"})
    assert whole.headers["Content-Language"] == "sw"
    assert whole.json["content"]["stems"]["self"] == "Mimi ..."
    assert (await ops.get(address)).json["content"]["languages"] == ["en", "fr", "sw", "pt"]


@pytest.mark.parametrize(
    ("code", "changes", "pointer", "error"),
    [
        (
            "drops-items",
            {"disabled_items": ["VS-B-1", "VS-B-2", "VS-B-3"]},
            "/disabled_items",
            "core-code-dropped",
        ),
        (
            "drops-competency",
            {"competencies": [{"code": c, "name": {"en": c}} for c in COMPETENCIES if c != "SC"]},
            "/competencies",
            "core-code-dropped",
        ),
        (
            "renames-competency",
            {"competencies": [{"code": "XX" if c == "SC" else c, "name": {"en": c}} for c in COMPETENCIES]},
            "/competencies/10/code",
            "core-code-renamed",
        ),
        (
            "renames-item",
            {"renamed_items": {"VS-B-1": {"code": "VS-B-9"}}},
            "/renamed_items/VS-B-1/code",
            "core-code-renamed",
        ),
        ("unknown-item", {"disabled_items": ["VS-B-77"]}, "/disabled_items/0", "item-unknown"),
        ("unknown-weight", {"weights": {"ZZ": 2}}, "/weights/ZZ", "competency-unknown"),
        (
            "takes-code",
            {
                "items": [
                    {
                        "code": "VS-B-1",
                        "competency": "VS",
                        "level": "B",
                        "text": {"en": "a"},
                        "self_text": {"en": "a"},
                    }
                ]
            },
            "/items/0/code",
            "core-code-changed",
        ),
        (
            "foreign-code",
            {
                "items": [
                    {
                        "code": "GV-B-X",
                        "competency": "VS",
                        "level": "B",
                        "text": {"en": "a"},
                        "self_text": {"fr": "a"},
                    }
                ]
            },
            "/items/0/code",
            "code-mismatch",
        ),
        ("no-core", {"framework": {"code": "nowhere", "version": 1}}, "/framework", "framework-unknown"),
        ("on-overlay", {"framework": {"code": "emergency", "version": 1}}, "/framework", "framework-unknown"),
    ],
)
async def test_an_overlay_keeps_the_core_codes(ops, code, changes, pointer, error):
    await drafted(ops, code, **changes)
    answer = await ops.post(f"/v1/frameworks/{code}/versions/1/publish")
    assert (answer.status, answer.code) == (422, "framework-invalid")
    assert (pointer, error) in {(each["pointer"], each["code"]) for each in answer.json["errors"]}
    assert (await ops.get(f"/v1/frameworks/{code}/versions/1")).json["state"] == "draft"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/items"),
        ({"framework": {"code": "steward-core"}}, "/framework/version"),
        (OUTBREAK | {"name": "Outbreak"}, "/name"),
        (OUTBREAK | {"name": {"english!": "Outbreak"}}, "/name/english!/[key]"),
        (OUTBREAK | {"weights": {"VS": "2"}}, "/weights/VS"),
        (OUTBREAK | {"targets": {"VS": 6}}, "/targets/VS"),
        (OUTBREAK | {"code": "another"}, "/code"),
        (OUTBREAK | {"items": [{"code": "VS-B-X"}]}, "/items/0/text"),
    ],
)
async def test_what_is_no_content_is_refused_with_pointers(ops, body, pointer):
    answer = await ops.put("/v1/frameworks/nonsense/versions/1", json=body)
    assert answer.status == 422
    assert pointer in {each["pointer"] for each in answer.json["errors"]}
    assert (await ops.get("/v1/frameworks/nonsense/versions/1")).code == "framework-unknown"


async def test_a_next_version_keeps_the_codes_of_the_one_before(ops):
    core = (await ops.get(CORE)).json["content"]
    core = {key: value for key, value in core.items() if key not in ("version", "disabled")}
    lacking = core | {"items": [item for item in core["items"] if item["code"] != "SC-A-3"]}
    made = await ops.put("/v1/frameworks/steward-core/versions/2", json=lacking)
    assert made.status == 201, made.body
    refused = await ops.post("/v1/frameworks/steward-core/versions/2/publish")
    assert refused.json["errors"][0]["code"] == "core-code-dropped"
    assert (await ops.get("/v1/instruments/B")).json["framework_version"] == 1


async def test_versions_are_published_in_order(ops):
    await drafted(ops, "ordered", 1)
    await drafted(ops, "ordered", 2)
    assert (await ops.post("/v1/frameworks/ordered/versions/2/publish")).status == 200
    late = await ops.post("/v1/frameworks/ordered/versions/1/publish")
    assert (late.status, late.code) == (409, "framework-superseded")
