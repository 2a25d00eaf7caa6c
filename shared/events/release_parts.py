"""The event in which a whole release travels from a region to its hub; each service that releases has its own."""

from datetime import date
from typing import ClassVar

from shared.events.event import Event, Reach


class ReleasePublished(Event, frozen=True, kw_only=True):
    """A part of a release: a document of public figures that is never changed, with its number and digest.

    The parts together are the document in its canonical form (`shared.disclosure.document`). It is taken when
    all of them are there and its SHA-256 is the digest; a repeat of it, in whatever order, changes nothing.
    """

    fact: ClassVar[str] = "release-published"
    reach: ClassVar[Reach] = Reach.UP

    cube: str
    period: str  # a quarter, e.g. 2026Q3
    number: int  # of the release, from 1 for each cube and period
    as_of: date
    digest: str  # of the whole document, 64 hexadecimal digits
    part: int  # from 1
    parts: int
    piece: bytes  # of the document, compressed by gzip; in base64


class RollupReleasePublished(ReleasePublished, frozen=True, kw_only=True):
    """A part of a release of roll-ups: public figures, never changed."""

    service: ClassVar[str] = "assessment"


class PlanReleasePublished(ReleasePublished, frozen=True, kw_only=True):
    """A part of a release of totals of plans: public figures, never changed."""

    service: ClassVar[str] = "planning"


class IndicatorReleasePublished(ReleasePublished, frozen=True, kw_only=True):
    """A part of a release of indicators: public figures, never changed."""

    service: ClassVar[str] = "evaluation"


class HeadcountReleasePublished(ReleasePublished, frozen=True, kw_only=True):
    """A part of a release of headcounts: public figures, never changed."""

    service: ClassVar[str] = "registry"
