"""Documents of headcounts are read by those who read nobody's record, or everybody's, of those who left too."""

from datetime import timedelta

import pytest

from shared import clock
from tests.registry.builders import hired
from tests.registry.region import Region
from tests.released import checked, document, refused, served, store

pytestmark = pytest.mark.asyncio(loop_scope="module")
RELEASE = document("headcounts before", "SL", 12)
URL = "/v1/releases/headcounts"


async def test_only_who_reads_nobody_or_everybody_reads_the_documents(region: Region, token, issuer):
    await store(region.app.state.database, RELEASE)
    await hired(region.client, "E1A", {"subjects": [{"iss": issuer.name, "sub": "tied"}]})
    for roles in (("ops",), ("programme-manager", "hris")):
        await served(region.client.using(token(*roles, units=("SL",), subject="x")), "headcounts", RELEASE)
    for roles in (("ops",), ("leader", "ops")):
        client = region.client.using(token(*roles, units=("SL",), subject="tied"))
        await refused(client, "headcounts", RELEASE)


async def test_a_programme_manager_does_not_learn_of_who_left(region: Region, token):
    """Twelve people work today and can be read; the document has one more, and how many of all are women."""
    for sex in ("female", "male"):
        await region.hire("E1A", 6, sex)
    await region.release()
    ops = region.client.using(token("ops", units=("SL",), subject="x"))
    (made,) = (await ops.get(URL, params={"cube": "headcounts"})).json["items"]
    found = checked(await ops.get(f"{URL}/headcounts/{made['period']}/1"))
    shown = {cell.measure: (cell.people, cell.total) for cell in found.cells if cell.unit == "E1A"}
    assert shown == {"people": (13, 13), "women": (13, 7)}
    left = region.people[0]
    (post,) = (await region.client.get("/v1/posts", params={"person": left})).json["items"]
    last = {"last_day": str(clock.today() - timedelta(days=1))}
    ended = await region.client.post(f"/v1/posts/{post['post_id']}/end", json=last)
    assert ended.status == 200, ended.json
    manager = region.client.using(token("programme-manager", units=("SL",), subject="x"))
    assert [(await each.get(f"/v1/people/{left}")).status for each in (manager, region.client)] == [404, 200]
    await refused(manager, "headcounts", found)
