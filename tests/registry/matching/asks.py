"""How operations on pairs of records are asked, for the matrix of rights."""

from fastapi import FastAPI
from sqlalchemy.dialects.postgresql import insert

from services.registry.tables.matching import match_review
from shared import clock
from tests.registry.merged_people.asks import merging
from tests.rights_matrix import STALE, Ask, has

_PAIR = "0192f0c1-30aa-7b02-8d11-6a7c9e4f2b31"
_AT = "/v1/match-reviews"

_REVIEWS = {
    "GET /v1/match-reviews": [Ask(_AT, {"params": {"state": "same"}}, listed=has("review_id", _PAIR))],
    "GET /v1/match-reviews/{review_id}": [Ask(f"{_AT}/{_PAIR}")],
    "POST /v1/match-reviews/{review_id}/decide": [
        Ask(f"{_AT}/{_PAIR}/decide", {"json": {"decision": "same"}, "if_match": STALE})
    ],
}


def pairs(own: str) -> dict[str, list[Ask]]:
    """Reviews of a pair, and merges of the person `own`, by operation."""
    return {**_REVIEWS, **merging(own)}


async def plant_pair(app: FastAPI, one: str, other: str) -> None:
    """A pair of two people that somebody has decided about: comparing them again leaves it.

    The timer that compares people may have found the pair already.
    """
    first, second = sorted((one, other))
    planted = {
        "review_id": _PAIR, "version": 1, "first_id": first, "second_id": second, "score": 90, "fields": [],
        "compared": b"", "nationwide": False, "met_in": None, "scopes": None,
        "state": "same", "found_at": clock.now(),
    }  # fmt: skip
    both = [match_review.c.first_id, match_review.c.second_id]
    async with app.state.database.session() as session:
        await session.execute(
            insert(match_review).values(planted).on_conflict_do_update(index_elements=both, set_=planted)
        )
