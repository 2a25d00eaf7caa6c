"""Claims of one person to be primary: refused line by line, as a look at every pair says."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.registry.posts.claimed_days import Claim, refused_claims

FIRST = date(2024, 1, 1)


@st.composite
def spans(draw):
    first, length = draw(st.integers(0, 30)), draw(st.integers(0, 8))
    last = draw(st.sampled_from([FIRST + timedelta(days=first + length)] * 6 + [None]))
    return FIRST + timedelta(days=first), last


@st.composite
def loads(draw):
    """Stored claims that share no day, and lines of which some replace one of them."""
    stored: list = []
    for span in draw(st.lists(spans(), max_size=6)):
        if not any(share(span, other) for other in stored):
            stored.append(span)
    lines = draw(st.lists(spans(), max_size=8))
    replaced = draw(st.permutations([*stored, *[None] * len(lines)]))[: len(lines)]
    claims = [
        Claim(line, span[0], span[1], old)
        for line, (span, old) in enumerate(zip(lines, replaced, strict=True), 1)
    ]
    return claims + [Claim(0, span[0], span[1]) for span in stored if span not in replaced]


def share(one, other) -> bool:
    return one[0] <= (other[1] or date.max) and other[0] <= (one[1] or date.max)


def pair_by_pair(claims: list[Claim]) -> set[int]:
    """In rounds: lines one by one; what a refused one replaces is stored again, and may refuse others."""
    stored = [(claim.first, claim.last) for claim in claims if not claim.line]
    taken: list[Claim] = []
    refused: set[int] = set()
    for claim in sorted((claim for claim in claims if claim.line), key=lambda claim: claim.line):
        taken.append(claim)
        new = [claim]
        while new:
            lost = [
                each
                for each in taken
                if any(share((each.first, each.last), span) for span in stored)
                or (each is claim and any(share(claim[1:3], one[1:3]) for one in taken if one is not claim))
            ]
            taken = [each for each in taken if each not in lost]
            refused |= {each.line for each in lost}
            stored += [each.before for each in lost if each.before]
            new = lost
    return refused


@given(loads())
def test_the_same_lines_are_refused_as_pair_by_pair(claims):
    refused = refused_claims(claims)
    assert len(refused) == len(set(refused))
    assert set(refused) == pair_by_pair(claims)


@given(loads())
def test_what_is_left_shares_no_day(claims):
    refused = set(refused_claims(claims))
    left = [(claim.first, claim.last) for claim in claims if claim.line not in refused]
    left += [claim.before for claim in claims if claim.line in refused and claim.before]
    assert not any(share(one, other) for place, one in enumerate(left) for other in left[:place])
