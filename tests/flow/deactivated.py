"""Somebody whom an identity system deactivates in the middle of a cycle."""

from datetime import timedelta

import aiohttp

from deploy.demo import rounds, timeline
from deploy.demo.mandoria import ROOT
from tests.flow.stacks import Flow
from tests.servers import wait_for

# Requests to one person to rate others, but for one other, that wait for an answer.
_ASKED = """select count(*) from rater_request r join assessment a using (assessment_id)
    where a.cycle_id = $1::uuid and r.person_id = $2::uuid and a.person_id <> $3::uuid
    and r.state in ('invited', 'accepted')"""
_ANSWERED = "select count(*) from rater_request where person_id = $1::uuid and state = 'answered'"
_KNOWN = "select count(*) from person where person_id = $1::uuid and active"
_OWN = "select state from assessment where cycle_id = $1::uuid and person_id = $2::uuid"
_PATCH = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [{"op": "Replace", "path": "active", "value": "False"}],
}


async def is_asked_nothing_more(flow: Flow) -> None:
    """By event: open requests to rate and the own assessment end, planning knows, and what was said stays."""
    buried = (await flow.api.get("/v1/flow", who="ops"))["dead_letters"]
    async for one in flow.api.pages("/v1/cycles", state="open"):  # two over one post are refused
        await flow.api.call("POST", f"/v1/cycles/{one['cycle_id']}/close")
    day = await timeline.today(flow.api)
    cycle = await rounds.open_cycle(flow.api, flow.run.country, day, day + timedelta(days=30))
    officers = [post for post in flow.run.country.posts if post.role_code == "district-health-officer"]
    left, stays = (flow.run.ids.person(post) for post in officers[:2])

    async def asked(person_id: str) -> list[str]:
        return await flow.ids("assessment", _ASKED, cycle["cycle_id"], person_id, left)

    others, done = await asked(stays), await flow.ids("assessment", _ANSWERED, left)
    assert "0" not in (*await asked(left), *others, *done)
    headers = {"Authorization": f"Bearer {flow.stack.token('hris', (ROOT,), 'hris')}"}
    async with aiohttp.ClientSession(flow.stack.gateway_url, headers=headers) as client:
        for _ in range(2):
            async with client.patch(f"/scim/v2/Users/{left}", json=_PATCH) as changed:
                user = await changed.json(content_type=None)
                assert (changed.status, user["active"]) == (200, False), user

    async def ended() -> bool:
        states = await flow.ids("assessment", _OWN, cycle["cycle_id"], left)
        known = await flow.ids("planning", _KNOWN, left)
        return (await asked(left), states, known) == (["0"], ["withdrawn"], ["0"])

    await wait_for(ended, timeout=30)
    assert await asked(stays) == others
    assert await flow.ids("assessment", _ANSWERED, left) == done
    assert (await flow.api.get("/v1/flow", who="ops"))["dead_letters"] == buried
