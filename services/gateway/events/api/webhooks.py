"""Webhooks of the caller: subscriptions, their secrets, what became of deliveries, and again from a cursor."""

from typing import Annotated
from uuid import UUID, uuid4, uuid5

from fastapi import APIRouter, Depends, Query, Request, Response

from services.gateway.broker import Broker
from services.gateway.events.api.models import (
    Again,
    Attempt,
    AttemptPage,
    NewWebhook,
    Webhook,
    WebhookChange,
    WebhookList,
    WebhookWithSecret,
    attempt,
    shown,
)
from services.gateway.events.cursors import Cursors, Place
from services.gateway.events.feed import Feed
from services.gateway.events.webhooks import delivery_log
from services.gateway.events.webhooks.desk import Desk
from services.gateway.events.webhooks.records import Found
from services.gateway.events.webhooks.signing import Secret
from shared.auth import rights
from shared.auth.event_readers import Reader
from shared.errors import NotFound
from shared.http import Caller, CommandRoute
from shared.http.etags import check_if_match, etag
from shared.http.idempotency import idempotency_key

router = APIRouter(prefix="/v1/webhooks", route_class=CommandRoute, tags=["events"])

KEYED = UUID("6f1d3a52-0a4e-4c87-9a53-4c1f5f0d9a11")  # ids of webhooks that were asked for under a key


async def _owner(caller: Caller) -> Reader:
    rights.require(caller, "webhook.keep")
    return Reader.of(caller)


Owner = Annotated[Reader, Depends(_owner)]


@router.get("", summary="Webhooks of the caller")
async def webhooks(request: Request, owner: Owner) -> WebhookList:
    """All webhooks that this sign-in subscribed."""
    return WebhookList(items=[shown(each) for each in await _desk(request).own(owner)])


@router.post("", summary="Subscribe a webhook", status_code=201)
async def subscribe(
    request: Request, response: Response, owner: Owner, body: NewWebhook
) -> WebhookWithSecret:
    """Events that the caller may know of are brought to `url`, signed with the secret of the answer.

    Under an `Idempotency-Key` there is one webhook, however often this is asked. Raises Invalid `webhook-refused`,
    Conflict `webhooks-full`.
    """
    desk, key = _desk(request), idempotency_key(request)
    webhook_id = str(uuid5(KEYED, f"{owner.subject_key}\n{key}") if key else uuid4())
    place = await _place(request, body.after)
    try:
        found = await desk.one(owner, webhook_id)
    except NotFound:
        found = await desk.subscribe(owner, webhook_id, place.seq, body.url, body.types, body.warning_url)
    response.headers["Location"] = f"/v1/webhooks/{webhook_id}"
    return _with_secret(desk, found)


@router.get("/{webhook_id}", summary="One webhook")
async def webhook(request: Request, response: Response, owner: Owner, webhook_id: UUID) -> Webhook:
    """A webhook of the caller, who confirms it by that. Raises NotFound `webhook-unknown`."""
    found = await _desk(request).one(owner, str(webhook_id))
    response.headers["ETag"] = etag(found.subscription.version)
    return shown(found)


@router.patch("/{webhook_id}", summary="Change a webhook")
async def change(request: Request, owner: Owner, webhook_id: UUID, body: WebhookChange) -> Webhook:
    """Another address, other types, paused, or active again: then it goes on where it was."""
    desk = _desk(request)
    found = await desk.one(owner, str(webhook_id))
    check_if_match(request, found.subscription.version)
    values = body.model_dump(exclude_unset=True)
    return shown(await desk.change(found, values))


@router.delete("/{webhook_id}", summary="End a webhook", status_code=204)
async def delete(request: Request, owner: Owner, webhook_id: UUID) -> None:
    """Nothing more is delivered, and its position is forgotten."""
    desk = _desk(request)
    found = await desk.one(owner, str(webhook_id))
    check_if_match(request, found.subscription.version)
    await desk.delete(found)


@router.post("/{webhook_id}/secrets", summary="Rotate the secret", status_code=201)
async def rotate(request: Request, owner: Owner, webhook_id: UUID) -> WebhookWithSecret:
    """A new secret. For a day deliveries are signed with the one before as well.

    Under an `Idempotency-Key` it is one secret, however often this is asked while it signs.
    """
    desk = _desk(request)
    found, secret = await desk.rotate(owner, str(webhook_id), idempotency_key(request))
    return _with_secret(desk, found, secret)


@router.post("/{webhook_id}/test", summary="Send a test delivery")
async def test(request: Request, owner: Owner, webhook_id: UUID) -> Attempt:
    """One delivery of type `steward.gateway.webhook-test.v1`, at once, and what the receiver answered."""
    desk = _desk(request)
    sent = await desk.test(await desk.one(owner, str(webhook_id)))
    return attempt(None, sent)


@router.post("/{webhook_id}/replay", summary="Deliver again")
async def replay(request: Request, owner: Owner, webhook_id: UUID, body: Again) -> Webhook:
    """Everything after a cursor once more, under the same event ids. Raises Gone `cursor-expired`."""
    desk = _desk(request)
    found = await desk.one(owner, str(webhook_id))
    place = await _place(request, body.after)
    return shown(await desk.replay(found, place.seq))


@router.get("/{webhook_id}/deliveries", summary="What became of deliveries")
async def attempts(
    request: Request,
    owner: Owner,
    webhook_id: UUID,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=128, description="`next` of the page before.")] = None,
) -> AttemptPage:
    """The newest 1,000 attempts of 30 days, oldest first."""
    await _desk(request).one(owner, str(webhook_id))
    log = f"deliveries {webhook_id}"
    after = _cursors(request).read(cursor, "/query/cursor", log).seq if cursor else 0
    broker: Broker = request.app.state.broker
    found = await delivery_log.page(broker, str(webhook_id), after, limit)
    more = _cursors(request).write(Place(0, found[-1].seq), log) if len(found) == limit else None
    return AttemptPage(items=[attempt(each.at, each.delivery) for each in found], next=more)


async def _place(request: Request, cursor: str | None) -> Place:
    feed: Feed = request.app.state.feed
    if cursor is None:
        return await feed.end()
    place = _cursors(request).read(cursor, "/after")
    await feed.check(place)
    return place


def _with_secret(desk: Desk, found: Found, secret: Secret | None = None) -> WebhookWithSecret:
    return WebhookWithSecret(**shown(found).model_dump(), secret=desk.secret(found.subscription, secret))


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.webhook_desk
    return desk


def _cursors(request: Request) -> Cursors:
    cursors: Cursors = request.app.state.cursors
    return cursors
