"""Builders for the rules of assessment."""

from services.assessment.frameworks.commands.instruments import Instrument
from services.assessment.results.commands.scores import score
from services.assessment.scoring.anonymity import DEFAULT_WEIGHTS
from services.assessment.scoring.competency_levels import Layout

QM = 9  # place of quality management in framework order
CORE = Layout.of([3] * 11)


def instrument(category_weights=DEFAULT_WEIGHTS, layout=CORE):
    count = layout.bounds[-1][1]
    return Instrument(tuple(f"I-{n}" for n in range(count)), layout, category_weights)


def only(place, *given):
    """A response that answers one competency alone."""
    return [0] * (3 * place) + list(given) + [0] * (3 * (10 - place))


def scored(
    given, *, targets=(400,) * 11, weights=(1,) * 11, prevalence=(0,) * 11, independent=None, **options
):
    counted = [True] * len(given) if independent is None else independent
    return score(instrument(**options), given, targets, weights, prevalence, counted)[0]
