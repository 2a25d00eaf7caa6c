"""The scoring rule written down a second time with fractions, as DOMAIN section 2 reads."""

from fractions import Fraction

from hypothesis import strategies as st

WEIGHTS = {"manager": 40, "peer": 30, "report": 30, "partner": 0}
COMPETENCIES = 11
ITEMS = 3


def mean(values):
    return sum(map(Fraction, values)) / len(values)


def rater_mean(ratings):
    """Mean over the items answered; None with fewer than half of them."""
    answered = [rating for rating in ratings if rating]
    return mean(answered) if answered and len(answered) * 2 >= len(ratings) else None


def merged(sizes):
    """Sets of non-manager categories that stay together, from the number of raters of each."""
    pools = [[name] for name in ("peer", "report", "partner") if sizes.get(name)]

    def size(pool):
        return sum(sizes[name] for name in pool)

    while True:
        lacking = [pool for pool in pools if size(pool) < 3]
        if not lacking or len(pools) == 1:
            return [set(pool) for pool in pools if size(pool) >= 3]
        one = min(lacking, key=size)
        other = min((pool for pool in pools if pool is not one), key=size)
        pools = [pool for pool in pools if pool is not one and pool is not other] + [one + other]


def level(given, place, weights=WEIGHTS, items=ITEMS):
    """(level, unverified) of one competency from [(category, ratings)]."""
    means = {}
    for category, ratings in given:
        value = rater_mean(ratings[place * items : (place + 1) * items])
        if value is not None:
            means.setdefault(category, []).append(value)
    taking = {name: len(values) for name, values in means.items() if weights.get(name)}
    parts = [{"manager"}] if taking.get("manager") else []
    parts += merged({name: n for name, n in taking.items() if name != "manager"})
    if not parts:
        return (mean(means["self"]), True) if means.get("self") else (None, False)
    scored = [
        (sum(weights[name] for name in part), mean([value for name in part for value in means[name]]))
        for part in parts
    ]
    return sum(weight * score for weight, score in scored) / sum(weight for weight, _ in scored), False


def priority(target, score, weight, answers, prevalence):
    """(gap, priority), exact; target in hundredths, prevalence in hundredths of a share."""
    gap = max(Fraction(0), Fraction(target, 100) - score)
    relevance = mean(answers) if answers else Fraction(3)
    return gap, gap * weight * relevance / 3 * (1 + Fraction(prevalence, 100))


def hundredths(value):
    return None if value is None else round(value * 100)


rating = st.sampled_from([0, 1, 2, 3, 4, 5])
ratings = st.lists(rating, min_size=COMPETENCIES * ITEMS, max_size=COMPETENCIES * ITEMS)
relevance = st.none() | st.lists(rating, min_size=COMPETENCIES, max_size=COMPETENCIES)


@st.composite
def assessments(draw):
    """Responses of one assessment: at most one self and one manager, up to six of each other category."""
    categories = (
        ["self"] * draw(st.integers(0, 1))
        + ["manager"] * draw(st.integers(0, 1))
        + ["peer"] * draw(st.integers(0, 6))
        + ["report"] * draw(st.integers(0, 6))
        + ["partner"] * draw(st.integers(0, 3))
    )
    return [
        (category, draw(ratings), draw(relevance) if category in ("self", "manager") else None)
        for category in categories
    ]
