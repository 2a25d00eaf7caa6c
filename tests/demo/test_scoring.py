"""The demonstration's own reading of the scoring rules against the service's."""

from random import Random

import pytest

from deploy.demo.scoring import Response, score
from services.assessment.scoring import competency_levels as service
from services.assessment.scoring import gaps as gap_rules
from services.assessment.scoring.rounding import hundredths

THREE_EACH = [place for place in range(11) for _ in range(3)]


def response(category: str, *values: int | None) -> Response:
    """Three ratings of the first competency, N/A elsewhere."""
    return Response(category, [*values, *[None] * 30])


def test_worked_example() -> None:
    """DOMAIN section 2: level 3.0133, gap 0.9867."""
    peers = [response("peer", n, n, n) for n in (4, 2, 3)]
    reports = [response("report", n, n, n) for n in (2, 3)]
    given = [response("manager", 3, 3, 4), *peers, *reports, response("self", 5, 5, 4)]
    found = score(given, THREE_EACH, [400] * 11)
    assert (found.levels[0], found.others[0], found.gaps[0]) == (301, 301, 99)
    assert found.short == {0}
    assert found.levels[1] is None


@pytest.mark.parametrize("seed", range(60))
def test_agrees_with_the_service(seed: int) -> None:
    random = Random(seed)
    categories = ["self", *random.choices(("manager", "peer", "report", "partner"), k=random.randint(0, 9))]
    if categories.count("manager") > 1:
        categories = [name for name in categories if name != "manager"] + ["manager"]
    given = [
        Response(name, [random.choice((None, 1, 2, 3, 4, 5)) for _ in THREE_EACH]) for name in categories
    ]
    layout = service.Layout.of([3] * 11)
    theirs = service.score(
        [
            service.Response(each.category, service.means([n or 0 for n in each.ratings], layout))
            for each in given
        ],
        layout,
    )
    mine = score(given, THREE_EACH, [400] * 11)
    assert mine.levels == [None if each.level is None else hundredths(each.level) for each in theirs]
    assert mine.others == [None if each.others is None else hundredths(each.others) for each in theirs]
    sizes = [None if each.level is None else gap_rules.gap(400, each.level) for each in theirs]
    assert mine.gaps == [None if size is None else hundredths(size) for size in sizes]
    assert mine.short == {place for place, size in enumerate(sizes) if size is not None and size[0]}
