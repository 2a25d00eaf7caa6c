"""What the HRIS holds: staff with their terms, and clinics. Pure; every date is given."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

DAY = timedelta(days=1)
Sex = Literal["female", "male"]
Reason = Literal["resigned", "retired", "contract-ended"]


@dataclass(frozen=True)
class Term:
    """One person at one unit in one role, both days inclusive; only the latest of a post has its `key`."""

    key: str | None
    unit: str
    role: str
    since: date
    until: date | None = None


@dataclass
class Staff:
    """One person over the years, whatever their number is."""

    number: str
    family: str
    given: str
    sex: Sex
    birth_year: int | None
    cadre: str
    face: str = "file"  # through which the record is sent: file, scim or fhir
    former: list[str] = field(default_factory=list)
    left_on: date | None = None
    reason: Reason | None = None
    terms: list[Term] = field(default_factory=list)
    began: date | None = None  # the first day of the post whose latest term goes on

    @property
    def term(self) -> Term:
        """The latest term."""
        return self.terms[-1]


@dataclass
class Books:
    """Staff in the order in which they came, and the clinics that are open."""

    staff: list[Staff] = field(default_factory=list)
    open_units: list[str] = field(default_factory=list)
    closed_units: dict[str, date] = field(default_factory=dict)
    erased: list[str] = field(default_factory=list)  # numbers that nobody has any more

    def working(self, face: str = "file") -> list[Staff]:
        """Who works here and is kept through a face."""
        return [each for each in self.staff if each.left_on is None and each.face == face]

    def hire(self, person: Staff, unit: str, role: str, key: str | None, day: date) -> Staff:
        """Someone begins."""
        person.terms.append(Term(key, unit, role, day))
        person.began = day
        self.staff.append(person)
        return person

    def transfer(self, person: Staff, unit: str, day: date) -> None:
        """The post goes on at another unit; the term before ends and gives its key on."""
        old = person.term
        person.terms[-1] = replace(old, key=None, until=day - DAY)
        person.terms.append(Term(old.key, unit, old.role, day))

    def leave(self, person: Staff, day: date, reason: Reason | None) -> None:
        """`day` is the first without them."""
        person.terms[-1] = replace(person.term, until=day - DAY)
        person.left_on, person.reason = day, reason

    def come_back(self, person: Staff, number: str, unit: str, key: str, day: date) -> None:
        """The same person under a new number, with a new post."""
        person.former.append(person.number)
        person.number, person.left_on, person.reason = number, None, None
        person.terms.append(Term(key, unit, person.term.role, day))
        person.began = day

    def merge(self, closed: str, into: str, day: date) -> None:
        """One clinic closes and its staff go on in another."""
        for person in self.staff:
            if person.left_on is None and person.term.unit == closed:
                self.transfer(person, into, day)
        self.open_units.remove(closed)
        self.closed_units[closed] = day

    def erase(self, person: Staff) -> None:
        """Nobody has ever been here under this number."""
        self.staff.remove(person)
        self.erased.append(person.number)

    def terms(self) -> Iterator[tuple[str, Term]]:
        """Every term with its person's number."""
        for person in self.staff:
            for term in person.terms:
                yield person.number, term
