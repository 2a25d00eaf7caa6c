"""Who may what at the gateway itself: every operation of its own but the views, whose owners decide."""

from typing import Any

import pytest

from services.gateway.main import create
from shared.auth.operations import OPERATIONS
from shared.auth.rights import RIGHTS
from tests.rights_matrix import PAIRS, documented

pytestmark = pytest.mark.asyncio(loop_scope="function")

VIEWS = {"GET /v1/people/{person_id}/profile", "GET /v1/units/{code}/overview"}
BODIES: dict[str, Any] = {
    "POST /v1/dead-letters/replays": {"cause": "0" * 12},
    "PUT /v1/clock": {"offset_seconds": 0},
    "POST /v1/dead-letters/{seq}/drop": {"reason": "other"},
}


async def test_everybody_may_what_the_table_says_and_no_more(world, gateway_settings, token):
    operations = documented(create(gateway_settings).openapi()) - VIEWS
    assert operations <= OPERATIONS.keys()
    wrong = []
    for operation in sorted(operations):
        method, path = operation.replace("{seq}", "1").split()
        right = OPERATIONS[operation][0]
        for roles in PAIRS:
            bearer = token(*roles, units=("N",))
            answer = await world.client.call(method, path, token=bearer, json=BODIES.get(operation))
            refused = answer.status == 403
            if refused == bool(RIGHTS[right].grants.keys() & set(roles)):
                wrong.append((operation, roles, answer.status))
    assert wrong == []
