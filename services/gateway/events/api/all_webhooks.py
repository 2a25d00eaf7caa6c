"""Webhooks of everybody, for operators: one whose owner is gone is ended by them."""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from services.gateway.events.api.models import shown
from services.gateway.events.webhooks.desk import Desk
from services.gateway.events.webhooks.records import Found
from shared.auth import rights
from shared.http import Caller, CommandRoute

router = APIRouter(prefix="/v1/all-webhooks", route_class=CommandRoute, tags=["operations"])


async def _may_end(caller: Caller) -> None:
    rights.require(caller, "webhook.end")


right = Depends(_may_end)  # before the path is looked at


class WebhookOfSomebody(BaseModel):
    """A webhook as operators see it: whose it is, as an opaque key, and the host alone of where it goes."""

    webhook_id: str
    owner: str
    roles: list[str]
    units: list[str]
    host: str
    types: list[str]
    state: str
    reason: str | None
    failing_since: datetime | None
    confirm_by: datetime


class WebhooksOfAll(BaseModel):
    """All webhooks of the instance, 500 at most."""

    items: list[WebhookOfSomebody]


@router.get("", summary="Webhooks of everybody", dependencies=[right])
async def all_webhooks(request: Request) -> WebhooksOfAll:
    """Every webhook of this instance, without the path of its address, which may hold a secret of its owner's."""
    return WebhooksOfAll(items=[_shown(each) for each in await _desk(request).every()])


@router.delete("/{webhook_id}", summary="End anybody's webhook", status_code=204, dependencies=[right])
async def end(request: Request, webhook_id: UUID) -> None:
    """Nothing more is delivered, and its position is forgotten. Raises NotFound `webhook-unknown`."""
    desk = _desk(request)
    await desk.delete(await desk.anybodys(str(webhook_id)))


def _shown(found: Found) -> WebhookOfSomebody:
    seen, owner = shown(found), found.subscription.owner
    return WebhookOfSomebody(
        webhook_id=seen.webhook_id,
        owner=owner.subject_key,
        roles=owner.roles,
        units=owner.units,
        host=urlsplit(seen.url).hostname or "",
        types=seen.types,
        state=seen.state,
        reason=seen.reason,
        failing_since=seen.failing_since,
        confirm_by=seen.confirm_by,
    )


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.webhook_desk
    return desk
