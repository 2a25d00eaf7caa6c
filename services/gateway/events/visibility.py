"""What a reader may be shown: roles here, units and relations at registry, before anything of an event is used."""

import time
from collections.abc import Iterator, Sequence

import msgspec

from services.gateway.events.thin_events import Candidate
from services.gateway.http_client.upstream import Upstream, away
from services.gateway.views.composition import Part, fetch
from shared import clock
from shared.auth.caller import Caller
from shared.auth.event_access import may_see_anywhere
from shared.auth.event_readers import HEADER, MINUTE, MOST, Asked, Judged, Question, Reader, seal
from shared.auth.rights import reaches, require
from shared.errors import Forbidden

PATIENCE = 5.0  # seconds for one question
_PART = Part("scope", "registry", "/internal/event-scope")


class Visibility:
    """Asks registry about readers of events."""

    def __init__(self, upstream: Upstream, pepper: str) -> None:
        self._upstream = upstream
        self._pepper = pepper

    async def allowed(self, reader: Reader, found: Sequence[Candidate]) -> list[list[bool]]:
        """For each event, of which of its items the reader may know.

        Raises Unavailable `service-away` while registry cannot be asked: then nothing is shown.
        """
        caller = reader.caller()
        asked = [item for one in found for item in one.asked]
        answers = [may_see_anywhere(item.right, caller.roles, country=False) for item in asked]
        open_questions = [
            place for place, item in enumerate(asked) if not answers[place] and reaches(caller, item.right)
        ]
        for places in _pieces(open_questions):
            judged = await self._judged(reader, [asked[place] for place in places])
            for place, may in zip(places, judged, strict=True):
                answers[place] = may
        rest = iter(answers)
        return [[next(rest) for _ in one.asked] for one in found]

    async def everywhere(self, caller: Caller, right: str) -> None:
        """Pass for who has a right that reaches the whole country.

        Raises Forbidden `role-missing` and `unit-out-of-scope`, Unavailable `service-away`.
        """
        require(caller, right)
        asked = [Asked(right=right, day=clock.today())]
        if not (await self._judged(Reader.of(caller), asked))[0]:
            raise Forbidden("unit-out-of-scope", "This needs the whole tree in your units.")

    async def _judged(self, reader: Reader, items: list[Asked]) -> list[bool]:
        until = int(time.time()) + MINUTE  # lint: a seal holds in real time
        body = msgspec.json.encode(Question(reader=reader, until=until, items=items))
        sealed = [(HEADER.encode(), seal(self._pepper, body).encode())]
        answer = await fetch(self._upstream, _PART, sealed, PATIENCE, body)
        if answer.reason is not None:
            raise away("registry")
        return msgspec.json.decode(answer.body, type=Judged).items


def _pieces(places: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(places), MOST):
        yield places[start : start + MOST]
