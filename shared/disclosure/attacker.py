"""An attacker's program: what all releases together give away about one to four people. Pure.

The attacker knows who counted in which cell at every release, and every published sum exactly. What is
not known is who has which value. People of one atom (`histories.py`) cannot be told apart.

A *move* is a change of values that leaves every published sum as it is. Who is moved far enough by some
move is safe, since the attacker cannot know on which end of the move the truth is. So:

1. Two people of one atom may exchange. Where an atom has five people or more, and its sum is far enough
   from both ends of the scale, every group with somebody of it is safe.
2. The others are *exposed*. An exposed atom is free where a move changes it and no other exposed one: then
   every group with it is safe. Such moves are put together without a programme (`compensation.py`).
3. What is exposed can be safe together with others like it: one who came to a district and one who left it. An
   atom is *partnered* where of some moves, each with other exposed atoms, one is left whatever group it is in
   (`partners.py`).
4. What is left is put into blocks, for which HiGHS looks among the atoms near them: those that share a node
   with them, or with one that does. Where every union of one to four people in a block is moved while no other
   atom that is left is (`unions.py`), and independently of each other (`weights.py`), all of the block are safe.

Of any group, then, whole atoms that are free or partnered move, whatever else is in it. Where it has none of
these, those of it that were the first to be found safe in a block move, and nobody else in it. So nobody of a
group has a weight in a sum that is determined: first none who is free or partnered, then none who was found safe.

The search is bounded: `NEAR` atoms at a time, blocks of `BLOCK` (`FEW` for a subset), `MOVES` moves for each, and
`PASSES` over what is left. What lies beyond counts as given away. To look at fewer atoms is to let the
attacker know the others, so a bound can only withhold more.
"""

from collections.abc import Iterable, Sequence

from shared.disclosure.compensation import Compensation
from shared.disclosure.histories import Atoms
from shared.disclosure.measures import Measure, Rule
from shared.disclosure.moves import Moves, Programme
from shared.disclosure.nearest import Nearest
from shared.disclosure.numbered import Numbered
from shared.disclosure.partners import Partners, Unions
from shared.disclosure.unions import several, tied
from shared.disclosure.ways import Known, Ways

NEAR = 200  # atoms that a search may move
FIRST = 40  # of them that are tried before all
MANY = 600  # exposed atoms that are left; where there are more, only the first are tried
BLOCK = 16  # exposed atoms judged together
FEW = 12  # the same of a subset, where unions may have any size
PASSES = 8  # over what is left
WORTH = 10  # a pass must free more than one in so many for another one to follow


class Attack:
    """Attacks on what one release would show, round after round, each on fewer cells of it.

    What was found out about atoms holds on for the next round, where nothing that it follows from has changed.
    """

    def __init__(self, measure: Measure, rule: Rule) -> None:
        self.measure, self.rule = measure, rule
        self.loose = measure.loose(rule)
        self.atoms = Numbered(measure.room(rule), rule.minimum if measure.subset else rule.group + 1)
        self.near = Nearest((), {}, NEAR)
        self.ways = Ways()
        self.made_up: dict[int, tuple[Known, bool]] = {}
        self.partners: Partners | None = None
        self.partnered: dict[int, bool] = {}
        self.judged: dict[
            tuple[tuple[int, ...], tuple[int, ...]], frozenset[int]
        ] = {}  # by block and those near

    def given_away(self, atoms: Atoms) -> frozenset[int]:
        """The places of the atoms about whose people too much can be found out, alone or with others."""
        numbers = self.atoms.look(atoms)
        self.near = Nearest(self.atoms.nodes, self.atoms.rank, NEAR, self.near)
        bound = self._pass(self._left(), FIRST)
        if len(bound) <= MANY:
            bound = self._pass(bound, NEAR)
        found = set(bound)
        return frozenset(place for place, number in enumerate(numbers) if number in found)

    def _left(self) -> list[int]:
        """The exposed atoms for which a programme must be asked."""
        atoms, before = self.atoms, self.partners
        by = Compensation(atoms.nodes, atoms.above, atoms.below, atoms.shielded, self.loose, atoms.order)
        made_up = {
            place: (known, self._made_up(place, by, known))
            for place, known in self.ways.look(by, atoms.exposed()).items()
        }
        self.made_up = made_up
        ways = {place: known.ways for place, (known, free) in made_up.items() if not free}
        self.partners = partners = Partners(by, ways, before)
        self.partnered = {
            place: self.partnered[place] if partners.same(place, before) else self._partnered(place, partners)
            for place in ways
        }
        return [place for place, free in self.partnered.items() if not free]

    def _pass(self, bound: list[int], near: int) -> list[int]:
        """What is left of exposed atoms that are judged in blocks, until that leads no further."""
        for _ in range(PASSES):
            still = set(bound)
            found = set().union(*(self._judge(block, still, near) for block in self._blocks(bound)))
            bound = [place for place in bound if place in found]
            if len(still) - len(found) <= len(still) // WORTH:
                break
        return bound

    def _made_up(self, place: int, by: Compensation, known: Known) -> bool:
        """Whether shielded atoms make up for this one in a way that needs no programme."""
        same, free = self.made_up.get(place, (None, False))
        if same is known:
            return free
        ends = (by.ends(found) for found, left in known.ways if not left)
        return any(self._loosened(place, (-down, 0, up)) for down, up in ends)

    def _partnered(self, place: int, by: Partners) -> bool:
        """Whether other exposed atoms make up for this one, in every union that it is in."""
        sums = Unions(self.atoms.who, place, None if self.measure.subset else self.rule.group)
        weighted = Unions(self.atoms.who, place, self.rule.group)
        points = [0]
        for move in by.moves(place):
            if self._far(place, (-move.down, move.up)):
                points += [-move.down, move.up]
                safe = (sums.add(move.adverse), weighted.add(move.moved))
                if all(safe) and self._parted(place, points):
                    return True
        return False

    def _loosened(self, place: int, points: Sequence[float]) -> bool:
        """Whether these moves protect the whole atom, and a part of its people."""
        return self._far(place, points) and self._parted(place, points)

    def _far(self, place: int, points: Sequence[float]) -> bool:
        """Whether these moves go far enough, where a group can have the whole atom."""
        alone = self.atoms.people[place] > self.rule.group and not self.measure.subset
        return alone or max(points) - min(points) >= self.loose

    def _parted(self, place: int, points: Sequence[float]) -> bool:
        """Whether the sum can be far from both ends, so that people of the atom may exchange.

        Between two moves of scores lies another one; of a subset one must be known.
        """
        if self.atoms.people[place] == 1:
            return True
        lowest, highest = self.loose - self.atoms.above[place], self.atoms.below[place] - self.loose
        if self.measure.subset:
            return any(lowest <= point <= highest for point in points)
        return bool(max(min(points), lowest) <= min(max(points), highest))

    def _programme(self, places: Sequence[int]) -> Programme:
        rows: dict[int, list[int]] = {}
        for column, place in enumerate(places):
            for node in self.atoms.nodes[place]:
                rows.setdefault(node, []).append(column)
        bounds = [(-self.atoms.above[place], self.atoms.below[place]) for place in places]
        return Programme(bounds, list(rows.values()), whole=self.measure.subset)

    def _blocks(self, bound: Sequence[int]) -> Iterable[list[int]]:
        """Exposed atoms that are not free, put together with others near them."""
        most = FEW if self.measure.subset else BLOCK
        left = dict.fromkeys(bound)
        while left:
            first = next(iter(left))
            block = [first, *(other for other in self.near.to([first]) if other in left)][:most]
            for place in block:
                del left[place]
            yield block

    def _judge(self, block: list[int], bound: set[int], most: int) -> set[int]:
        """The atoms of a block that are not free; exposed ones of other blocks do not move meanwhile."""
        near = [place for place in self.near.to(block) if place not in bound][:most]
        question = tuple(block), tuple(near)
        if (
            question not in self.judged
        ):  # a solver starts from nothing, and is bounded in steps, not in seconds
            self.judged[question] = self._given(block, near)
        return set(self.judged[question])

    def _given(self, block: list[int], near: list[int]) -> frozenset[int]:
        """The atoms of a block that are not free where these near it move, too."""
        moves = Moves(self._programme([*block, *near]))
        who = several([self.atoms.who[place] for place in block], self.rule.group)
        found = tied(moves, who, self.rule.group, self.loose)
        return frozenset(
            place
            for column, place in enumerate(block)
            if column in found or not self._parted_by(place, column, moves)
        )

    def _parted_by(self, place: int, column: int, moves: Moves) -> bool:
        """Whether the moves that were found part the people of an atom, or those that take it furthest."""
        if self._parted(place, [point[column] for point in moves.points]):
            return True
        moves.range([column])
        return self._parted(place, [point[column] for point in moves.points])
