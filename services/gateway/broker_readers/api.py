"""Readers over NATS, for administrators: people who keep the whole country."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.broker_readers.account_requests import ReaderAccounts, digest_of
from services.gateway.events.visibility import Visibility
from shared.auth.caller import Caller as VerifiedCaller
from shared.errors import Forbidden
from shared.http import Caller, CommandRoute
from shared.http.idempotency import idempotency_key
from shared.messaging.reader_requests import Action, Ask, Outcome, ReaderRecord
from shared.messaging.reader_requests import Sees as Kind

router = APIRouter(prefix="/v1/readers", route_class=CommandRoute, tags=["events"])
KEEP = "reader.keep"
NAME = r"^[a-z][a-z0-9-]{0,30}[a-z0-9]$"
ReaderName = Annotated[str, Path(pattern=NAME)]
Sees = Literal["aggregates", "people"]


async def _looks(request: Request, caller: Caller) -> VerifiedCaller:
    """Who may see readers. Raises as `Visibility.everywhere`."""
    visibility: Visibility = request.app.state.visibility
    await visibility.everywhere(caller, KEEP)
    return caller


Looking = Annotated[VerifiedCaller, Depends(_looks)]


async def _keeps(caller: Looking) -> VerifiedCaller:
    """Who may make and revoke them. Raises Forbidden `reader-no-keeper`.

    A program that made readers would go on reading by them after its own credentials were revoked.
    """
    if caller.client:
        raise Forbidden("reader-no-keeper", "Readers are kept by people: sign in as one.")
    return caller


Keeping = Annotated[VerifiedCaller, Depends(_keeps)]


class NewReader(BaseModel):
    """A reader of structure and figures without people, or also of events about `people`, by opaque id."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=NAME)]
    sees: Sees = "aggregates"


class BrokerReader(BaseModel):
    """A reader over NATS: its durable consumer in each of `streams` is named `durable`.

    `made_by` and the like are opaque keys of sign-ins. `last_seen_at` is true to the minute, null before that.
    """

    name: str
    sees: Sees
    state: Literal["active", "revoked"]
    durable: str
    streams: list[str]
    inbox_prefix: str
    made_at: datetime
    made_by: str
    renewed_at: datetime | None
    renewed_by: str | None
    revoked_at: datetime | None
    revoked_by: str | None
    last_seen_at: datetime | None


class ReaderWithCredential(BrokerReader):
    """A reader with the seed of its NKEY, which is shown this once; null where it was shown before."""

    credential: str | None


class BrokerReaders(BaseModel):
    """All readers of the instance by name, also those that were revoked in the last 400 days."""

    items: list[BrokerReader]


@router.get("", summary="Readers over NATS")
async def readers(request: Request, _: Looking) -> BrokerReaders:
    """Readers that were made by this API, without their credentials."""
    accounts = _accounts(request)
    seen = await accounts.seen()
    return BrokerReaders(items=[BrokerReader(**_shown(each, seen)) for each in await accounts.every()])


@router.post(
    "",
    summary="Make a reader over NATS",
    status_code=201,
    responses={200: {"model": ReaderWithCredential}},
)
async def make(
    request: Request, response: Response, caller: Keeping, body: NewReader
) -> ReaderWithCredential:
    """A reader with an account of its own on the broker, which begins with the oldest event that is kept.

    One of each name: where there is one already it is the answer, with 200 and without its credential. Under an
    `Idempotency-Key` the credential is shown again, however often this is asked. Raises Conflict `reader-exists`
    and `readers-full`, Unavailable `readers-away`.
    """
    outcome = await _asked(request, caller, Action.MAKE, body.name, Kind(body.sees))
    response.status_code = 201 if outcome.made else 200
    response.headers["Location"] = f"/v1/readers/{body.name}"
    return _with_credential(outcome)


@router.get("/{name}", summary="One reader over NATS")
async def reader(request: Request, name: ReaderName, _: Looking) -> BrokerReader:
    """The reader of this name; where it was revoked, the last one. Raises NotFound `reader-unknown`."""
    accounts = _accounts(request)
    return BrokerReader(**_shown(await accounts.one(name), await accounts.seen()))


@router.delete("/{name}", summary="Revoke a reader over NATS", status_code=204)
async def revoke(request: Request, name: ReaderName, caller: Keeping) -> None:
    """When this is answered, the broker knows it no more and has closed its connections: within 10 seconds.

    Unavailable `readers-away` says that this may not be so yet: ask again. Its position is forgotten.
    """
    await _asked(request, caller, Action.REVOKE, name)


@router.post("/{name}/credentials", summary="Give a reader another credential", status_code=201)
async def renew(request: Request, name: ReaderName, caller: Keeping) -> ReaderWithCredential:
    """A new credential for the same position; the one before ends at once, with its connections.

    Under an `Idempotency-Key` it is one, however often this is asked; once there is a later one, it is not shown.
    """
    return _with_credential(await _asked(request, caller, Action.RENEW, name))


async def _asked(
    request: Request, caller: VerifiedCaller, action: Action, name: str, sees: Kind = Kind.AGGREGATES
) -> Outcome:
    asked = digest_of(caller.subject_key, idempotency_key(request))
    ask = Ask(action=action, name=name, by=caller.subject_key, sees=sees, asked=asked)
    return await _accounts(request).ask(ask)


def _with_credential(outcome: Outcome) -> ReaderWithCredential:
    assert outcome.record is not None  # what is not refused has one
    return ReaderWithCredential(**_shown(outcome.record, {}), credential=outcome.credential)


def _shown(found: ReaderRecord, seen: dict[str, int]) -> dict[str, Any]:
    return {
        "name": found.name,
        "sees": found.sees.value,
        "state": "active" if found.active else "revoked",
        "durable": found.durable,
        "streams": list(found.streams),
        "inbox_prefix": found.inbox,
        "made_at": _moment(found.made_at),
        "made_by": found.made_by,
        "renewed_at": _moment(found.renewed_at),
        "renewed_by": found.renewed_by,
        "revoked_at": _moment(found.revoked_at),
        "revoked_by": found.revoked_by,
        "last_seen_at": _moment(seen.get(found.durable)),
    }


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _accounts(request: Request) -> ReaderAccounts:
    return ReaderAccounts(request.app.state.broker)
