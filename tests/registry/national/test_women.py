"""Women of a headcount are told where neither they, nor the men, nor what changed is one to four people."""

import pytest

from services.registry.national.commands import headcounts
from tests.registry.region import Region

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_one_woman_among_men_is_not_told(region: Region) -> None:
    await region.hire("E1A", 6, "male")
    await region.hire("E1A", 1)
    await region.release()
    assert await region.told() == dict.fromkeys(("SL", "SL-E", "SL-E-1", "E1A"), (7, None))


async def test_women_are_told_once_five_are_there_and_five_more_have_come(region: Region) -> None:
    await region.hire("E1A", 5)
    await region.release()
    assert (await region.told())["E1A"] == (12, 6)
    await region.hire("E1A", 1)
    await region.hire("E1A", 5, "male")
    await region.release()
    assert (await region.told())["E1A"] == (18, None)  # one more woman than was told
    await region.hire("E1A", 5)
    await region.release()
    assert (await region.told())["E1A"] == (23, 12)


async def test_what_a_unit_tells_less_what_is_told_below_it_gives_no_woman_away(region: Region) -> None:
    before = (await region.newest())["SL-E-1"]["version"]
    await region.hire("SL-E-1", 2)
    await region.hire("SL-E-1", 8, "male")
    await region.release()
    assert (await region.told())["SL-E-1"] == (33, None)  # 14 women, of whom 12 are told in E1A
    assert (await region.newest())["SL-E-1"]["version"] > before


async def test_what_is_sent_again_is_what_was_sent(region: Region) -> None:
    before, told = await region.newest(), len(await region.sent())
    async with region.app.state.database.session() as session:
        await headcounts.resend(session)
    again = (await region.sent())[told:]
    assert {item["unit_code"]: item for event in again for item in event["data"]["items"]} == before
