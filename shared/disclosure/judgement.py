"""Which cells a new release may show, beside all that were released before. Pure.

A cell is withheld where it differs from itself in an earlier release for one person to one less than the
smallest cell. Then the forest is suppressed as a whole, and the attacker's program looks at all releases
together. Where it finds too much about somebody, the cells of the new release that lead there are withheld,
and it is all done again. To withhold everything gives nothing away that was not given away before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from shared.disclosure.aggregates import NONE, Marks, Tabulation, sums
from shared.disclosure.attacker import Attack
from shared.disclosure.cell_suppression import suppress
from shared.disclosure.differencing import compared
from shared.disclosure.histories import Atoms, Histories, Population
from shared.disclosure.measures import Measure, Rule

ROUNDS = 12  # of attacks on one release; where the last one still finds something, nothing is shown
WITNESSES = 2  # measures of one scale that are judged from nothing; others start from these


def judge(
    new: Tabulation,
    earlier: Sequence[Tabulation],
    measure: Measure,
    rule: Rule,
    population: Population | None = None,
) -> Tabulation:
    """The tabulation with its cells shown as far as they may be; at most those of `new.shown`.

    `earlier` are all tabulations of this population that readers may have, in any order: of earlier
    releases, of other periods that count the same shares, and of other breakdowns in the same release.
    `population` spares work that was done before; the result is the same without it.
    """
    beforehand = np.zeros_like(new.shown)
    return _judged(new, earlier, (measure, rule), population or Population(new, earlier), beforehand)[0]


def _judged(
    new: Tabulation,
    earlier: Sequence[Tabulation],
    by: tuple[Measure, Rule],
    population: Population,
    beforehand: Marks,
) -> tuple[Tabulation, Marks]:
    """The tabulation as it may be shown, and the cells that the attack withheld, `beforehand` among them."""
    (measure, rule), attacked = by, beforehand.copy()
    suppressed = ~new.shown | differing(new, earlier, rule, population)
    own = sums(new.shares, measure, len(new.forest.keys))
    if not earlier or measure.count:  # homes are safe by themselves, and a count has no values
        return replace(new, shown=suppress(new.forest, own, measure, rule, suppressed)), attacked
    histories, attack = Histories(population, new, earlier, measure), Attack(measure, rule)
    for _ in range(ROUNDS):
        shown = suppress(new.forest, own, measure, rule, suppressed | attacked)
        groups = histories.atoms(shown)
        given = attack.given_away(groups)
        if not given:
            return replace(new, shown=shown), attacked
        attacked[list(_blamed(new, shown, groups, given, histories.offset))] = True
    return replace(new, shown=np.zeros_like(new.shown)), attacked


def judge_all(
    new: Mapping[Measure, Tabulation],
    earlier: Mapping[Measure, Sequence[Tabulation]],
    rule: Rule,
    wholes: Mapping[Measure, Measure] | None = None,
) -> dict[Measure, Tabulation]:
    """Several measures of one release, each attacked by itself. Who counts where is worked out once.

    `wholes` says of which measure another one is a subset: it starts from the cells that its whole shows.

    What an attack finds follows mostly from who counts where, and little from the values. So of the measures with
    one scale over the same people the first `WITNESSES` are judged from nothing, in the order of their names, and
    each of the others starts without the cells that the attack withheld in every one of these. It is attacked like
    them until nothing is found, so nothing rests on the witnesses being right.
    """
    found: dict[Measure, Tabulation] = {}
    populations: list[Population] = []
    attacked: dict[tuple[Population, int, int], list[Marks]] = {}
    wholes = wholes or {}
    for measure in sorted(new, key=lambda one: (_depth(one, wholes), one.name)):  # wholes first
        one, before = new[measure], earlier.get(measure, ())
        if measure in wholes:
            one = replace(one, shown=one.shown & found[wholes[measure]].shown)
        population = next((other for other in populations if other.fits(one, before)), None)
        if population is None:
            populations.append(population := Population(one, before))
        same = attacked.setdefault((population, measure.lowest, measure.highest), [])
        beforehand = np.logical_and.reduce(same) if len(same) == WITNESSES else np.zeros_like(one.shown)
        found[measure], withheld = _judged(one, before, (measure, rule), population, beforehand)
        if len(same) < WITNESSES and found[measure].shown.any():
            same.append(withheld)
    return {measure: found[measure] for measure in new}


def _depth(measure: Measure, wholes: Mapping[Measure, Measure]) -> int:
    """How many measures a subset is in: a whole may be a subset of another one."""
    depth = 0
    while measure in wholes:
        measure, depth = wholes[measure], depth + 1
    return depth


def differing(
    new: Tabulation, earlier: Sequence[Tabulation], rule: Rule, population: Population | None = None
) -> Marks:
    """The cells that differ from themselves in an earlier release, but for too few people."""
    population = population or Population(new, earlier)
    found = np.zeros(len(new.forest.keys), dtype=np.bool_)
    for number, old in enumerate(earlier):
        people = compared(population.changes(number), new, old)
        found |= (people > 0) & (people < rule.minimum)
    return found


def _blamed(
    new: Tabulation, shown: Marks, groups: Atoms, given: frozenset[int], offset: int
) -> frozenset[int]:
    """The shown cells of the new tabulation through which people are given away."""
    leading = [node - offset for node in _leading(groups, given) if node != NONE]
    return _lowest(new.forest.parents.tolist(), leading or np.flatnonzero(shown).tolist())


def _lowest(parents: Sequence[int], places: Iterable[int]) -> frozenset[int]:
    """Those with none of the others below: their people fall to the homes above, which may do then."""
    found, passed = frozenset(places), set[int]()
    for place in found:
        above = parents[place]
        while above != NONE and above not in passed:
            passed.add(above)
            above = parents[above]
    return found - passed


def _leading(groups: Atoms, given: frozenset[int]) -> set[int]:
    """Homes of these groups in the last tabulation, and of all beside those that have none there."""
    last = groups.nodes[:, -1]
    found = {int(last[group]) for group in given}
    gone = [group for group in given if last[group] == NONE]
    before = np.unique(groups.nodes[gone, :-1])
    beside = np.isin(groups.nodes[:, :-1], before[before != NONE]).any(axis=1)
    return found | {int(node) for node in np.unique(last[beside])}
