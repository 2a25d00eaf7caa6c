"""Which cells a new release may show, beside all that were released before. Pure.

A cell is withheld where it differs from itself in an earlier release for one person to one less than the
smallest cell. Then the forest is suppressed as a whole, and the attacker's program looks at all releases
together. Where it finds too much about somebody, the cells of the new release that lead there are withheld,
and it is all done again. To withhold everything gives nothing away that was not given away before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from shared.disclosure.aggregates import NONE, Integers, Marks, Measure, Rule, Tabulation, sums
from shared.disclosure.attacker import given_away
from shared.disclosure.cell_suppression import suppress
from shared.disclosure.differencing import Atoms, atoms, changed

ROUNDS = 12  # of attacks on one release; where the last one still finds something, nothing is shown


def judge(new: Tabulation, earlier: Sequence[Tabulation], measure: Measure, rule: Rule) -> Tabulation:
    """The tabulation with its cells shown as far as they may be; at most those of `new.shown`.

    `earlier` are all tabulations of this population that readers may have, in any order: of earlier
    releases, of other periods that count the same shares, and of other breakdowns in the same release.
    """
    suppressed = ~new.shown | differing(new, earlier, rule)
    own = sums(new.shares, measure, len(new.forest.keys))
    for _ in range(ROUNDS):
        found = replace(new, shown=suppress(new.forest, own, measure, rule, suppressed))
        blamed = _blamed(found, earlier, measure, rule)
        if not blamed:
            return found
        suppressed[list(blamed)] = True
    return replace(new, shown=np.zeros_like(new.shown))


def differing(new: Tabulation, earlier: Iterable[Tabulation], rule: Rule) -> Marks:
    """The cells that differ from themselves in an earlier release, but for too few people."""
    found = np.zeros(len(new.forest.keys), dtype=np.bool_)
    for old in earlier:
        people = changed(new, old)
        found |= (people > 0) & (people < rule.minimum)
    return found


def _blamed(new: Tabulation, earlier: Sequence[Tabulation], measure: Measure, rule: Rule) -> frozenset[int]:
    """The shown cells of the new tabulation through which people are given away."""
    if not earlier:
        return frozenset()  # homes are safe by themselves
    groups = atoms([*earlier, new], measure)
    given = given_away(groups, measure, rule)
    if not given:
        return frozenset()
    offset = sum(len(one.forest.keys) for one in earlier)
    leading = [node - offset for node in _leading(groups, given) if node != NONE]
    return _deepest(new, np.array(leading or np.flatnonzero(new.shown), dtype=np.int64))


def _deepest(new: Tabulation, places: Integers) -> frozenset[int]:
    """Those furthest below: their people fall to the homes above, which may do then."""
    depths = new.forest.depths()[places]
    return frozenset(places[depths == depths.max()].tolist()) if len(places) else frozenset()


def _leading(groups: Atoms, given: frozenset[int]) -> set[int]:
    """Homes of these groups in the last tabulation, and of all beside those that have none there."""
    last = groups.nodes[:, -1]
    found = {int(last[group]) for group in given}
    gone = [group for group in given if last[group] == NONE]
    before = np.unique(groups.nodes[gone, :-1])
    beside = np.isin(groups.nodes[:, :-1], before[before != NONE]).any(axis=1)
    return found | {int(node) for node in np.unique(last[beside])}
