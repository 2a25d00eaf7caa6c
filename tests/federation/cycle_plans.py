"""Plans that follow from a cycle in a running region: half of them agreed, so that totals of plans change."""

from deploy.demo.api import Api
from tests.federation.instance import Instance
from tests.servers import wait_for

SECONDS = 120.0
SCORED = """
select r.assessment_id::text from result r
where r.cycle_id = $1::text::uuid and exists (select from unnest(r.scores) s where s > 0)
"""
PLANNED = "select count(*) from plan where assessment_id = any($1::text[]::uuid[])"


async def agree_every_other(region: Instance, api: Api, cycle: str) -> None:
    """Agree every other plan of a cycle, once all are proposed."""
    scored = {row[0] for row in await region.rows("assessment", SCORED, cycle)}

    async def proposed() -> bool:
        return await region.count("planning", PLANNED, sorted(scored)) == len(scored)

    await wait_for(proposed, SECONDS, every=1)
    plans = [plan async for plan in api.pages("/v1/plans", state="proposed")]
    mine = [plan for plan in plans if plan["assessment_id"] in scored and plan["activities"]]
    half = sorted(mine, key=lambda plan: str(plan["plan_id"]))[::2]
    await api.each(api.change("POST", f"/v1/plans/{one['plan_id']}/agree", one["version"]) for one in half)
