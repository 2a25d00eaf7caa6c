"""What registry publishes: units, roles, and people with their posts, of these no name, contact or external id."""

from datetime import date, datetime
from typing import Annotated, ClassVar

import msgspec

from shared.events.event import Event, Reach

PublicAddress = Annotated[str, msgspec.Meta(pattern=r"^(https?://[!-~]{1,240})?$", max_length=256)]
SealingKey = Annotated[str, msgspec.Meta(pattern=r"^(age1[02-9ac-hj-np-z]{58})?$", max_length=62)]
SigningKey = Annotated[str, msgspec.Meta(pattern=r"^(U[A-Z2-7]{55})?$", max_length=56)]


class PostWriting(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in (an opaque key) that wrote a post, and when it did so last."""

    recorded_by: str
    recorded_at: datetime


class PostState(msgspec.Struct, frozen=True, kw_only=True):
    """A person in a role at a unit, from a first day to a last day (both inclusive; None: open).

    `recorded_at` and `recorded_by` say when and by which sign-in (an opaque key) the post was last
    written: raters count towards a minimum only if their placement is older than the cycle and not
    written by the person whom they rate. `superseded` has who wrote the versions before: one who wrote
    a placement is not forgotten when another writes it again.
    """

    post_id: str
    unit_code: str
    role_code: str
    level: str  # B, I or A: the level of the role in the framework; empty: no leadership role
    valid_from: date
    valid_to: date | None = None
    acting: bool = False
    primary: bool = False
    manager_post_id: str | None = None
    recorded_at: datetime | None = None
    recorded_by: str | None = None
    superseded: list[PostWriting] = []


class PersonState(msgspec.Struct, frozen=True, kw_only=True):
    """A person without anything that names them. `subject_keys` are opaque keys of their sign-ins."""

    person_id: str
    version: int
    active: bool
    sex: str | None = None  # female, male, other
    birth_year: int | None = None
    cadre: str | None = None
    subject_keys: list[str] = []
    posts: list[PostState] = []  # every post that is not withdrawn, past and future ones included
    deactivated_on: date | None = None  # first day on which the person has left the service
    erased: bool = False  # rows about somebody who was erased: read by nobody, counted as ever


class PeopleChanged(Event, frozen=True, kw_only=True):
    """Up to 500 people as they are now, posts included; each item is ordered by its own version."""

    service: ClassVar[str] = "registry"
    fact: ClassVar[str] = "people-changed"

    items: list[PersonState]


class PersonAlias(msgspec.Struct, frozen=True, kw_only=True):
    """Which record one is part of now, None: of no other. `version` is the person's own, and orders these."""

    person_id: str
    version: int
    merged_into: str | None = None


class PeopleMerged(Event, frozen=True, kw_only=True):
    """Two records were of one person: what is known of `merged_id` is of `person_id` from now on.

    `aliases` has every id that is the person's now, `merged_id` first and then those merged into it before.
    `items` has both as they are now: the merged one with no post and no sign-in.
    """

    service: ClassVar[str] = "registry"
    fact: ClassVar[str] = "people-merged"

    person_id: str
    merged_id: str
    aliases: list[PersonAlias]
    items: list[PersonState]


class PeopleUnmerged(Event, frozen=True, kw_only=True):
    """A merge was a mistake: what was known of `merged_id` before it is of `merged_id` again.

    `aliases` has `merged_id`, part of no other record, and then those that are part of it as they were before.
    `items` has both people as they are now.
    """

    service: ClassVar[str] = "registry"
    fact: ClassVar[str] = "people-unmerged"

    person_id: str
    merged_id: str
    aliases: list[PersonAlias]
    items: list[PersonState]


class PersonErased(Event, frozen=True, kw_only=True):
    """A person is to be forgotten: whoever has something under this id deletes it, or lets it count namelessly.

    Services of the instance let it go on under a pseudonym, which no event tells. `digest` is the SHA-256 of the
    other fields, one a line.
    """

    service: ClassVar[str] = "registry"
    fact: ClassVar[str] = "person-erased"
    state: ClassVar[bool] = False

    person_id: str
    erased_at: datetime
    confirmed_by: str  # the key of the sign-in that confirmed it
    digest: str


class UnitState(msgspec.Struct, frozen=True, kw_only=True):
    """An organisational unit as it stands today. `parent` is None for the root alone."""

    unit_code: str
    version: int
    level: str  # country, region, district, facility
    type: str  # as written by the source, e.g. "Community Health Post"
    open_from: date
    ownership: str | None = None
    rural: bool | None = None
    parent: str | None = None
    closed_on: date | None = None  # first day on which the unit is no longer open
    successors: list[str] = []  # units that took over after a split, merge or closure
    name: str | None = None  # as in the list of facilities; None: of a version that did not say it


class UnitsChanged(Event, frozen=True, kw_only=True):
    """Up to 500 units as they are now; each item is ordered by its own version."""

    service: ClassVar[str] = "registry"
    fact: ClassVar[str] = "units-changed"
    reach: ClassVar[Reach] = Reach.UP

    items: list[UnitState]


class RoleState(msgspec.Struct, frozen=True, kw_only=True):
    """A role that posts can have, with its framework level and setting."""

    role_code: str
    version: int
    level: str  # B, I, A; empty: no leadership role
    setting: str  # facility, district, national


class RolesChanged(Event, frozen=True, kw_only=True):
    """Roles as they are now; each item is ordered by its own version."""

    service: ClassVar[str] = "registry"
    fact: ClassVar[str] = "roles-changed"

    items: list[RoleState]


class Headcount(msgspec.Struct, frozen=True, kw_only=True):
    """People whose primary post has a role of one framework level, in a unit with all units below it.

    Figures are those of the newest release that shows the people, of the day before its date `as_of`. Women are
    None where it withholds them. `suppressed` is of earlier versions, and says the same of people.
    """

    unit_code: str
    level: str  # B, I or A
    version: int
    people: int | None
    women: int | None
    as_of: date | None = None
    suppressed: bool = False


class HeadcountsComputed(Event, frozen=True, kw_only=True):
    """Up to 500 headcounts as they are published now; each item is ordered by its own version."""

    service: ClassVar[str] = "registry"
    fact: ClassVar[str] = "headcounts-computed"
    reach: ClassVar[Reach] = Reach.UP

    items: list[Headcount]


class RegionAddressed(Event, frozen=True, kw_only=True):
    """Where a region is spoken to, and its public keys; each is empty where it says none.

    `sealing_key` is the recipient of its age files, `signing_key` the NKEY that signs what it writes.
    """

    service: ClassVar[str] = "registry"
    fact: ClassVar[str] = "region-addressed"
    reach: ClassVar[Reach] = Reach.UP

    revision: int
    gateway_url: PublicAddress = ""
    sealing_key: SealingKey = ""
    signing_key: SigningKey = ""
