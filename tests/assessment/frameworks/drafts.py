"""Framework drafts as they are sent."""

CORE = "/v1/frameworks/steward-core/versions/1"
OUTBREAK = {
    "framework": {"code": "steward-core", "version": 1},
    "name": {"en": "Outbreak", "fr": "Épidémie"},
}


async def drafted(ops, code, number=1, **changes):
    answer = await ops.put(f"/v1/frameworks/{code}/versions/{number}", json=OUTBREAK | changes)
    assert answer.status == 201, answer.body
    return answer
