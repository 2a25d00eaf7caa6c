"""What webhooks look like over HTTP."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.events.webhooks.delivery_log import Delivery
from services.gateway.events.webhooks.records import UNSEEN, Found, State
from services.gateway.events.webhooks.retries import Schedule

Url = Annotated[str, Field(min_length=9, max_length=2000)]
Types = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=50)]


class Strict(BaseModel):
    """A body without fields that are not known."""

    model_config = ConfigDict(extra="forbid")


class NewWebhook(Strict):
    """Where events go; `types` are those wanted, none for all. `after` is a cursor, without it from now on.

    Before a webhook that only fails is disabled, a warning goes to `warning_url`.
    """

    url: Url
    types: Types = []
    warning_url: Url | None = None
    after: Annotated[str | None, Field(max_length=128)] = None


class WebhookChange(Strict):
    """What changes; fields that are left out stay."""

    url: Url | None = None
    types: Types | None = None
    warning_url: Url | None = None
    state: Literal["active", "paused"] | None = None


class Again(Strict):
    """Deliver again what came after this cursor."""

    after: Annotated[str, Field(max_length=128)]


class Webhook(BaseModel):
    """A subscription. `reason` says why it is disabled: `gone` (410) or `failing` (75 hours).

    `failing_since` is null while deliveries are taken; otherwise it is disabled at `disabled_from`, unless one is
    taken before. `held_up_since`: since then so many events wait to be taken that no others come. `warned_at` is
    when the failure was sent to `warning_url`, or would have been. `confirm_by`: until then be here once more with
    a token.
    """

    webhook_id: str
    version: int
    url: str
    types: list[str]
    warning_url: str | None
    state: str
    reason: str | None
    failing_since: datetime | None
    held_up_since: datetime | None
    warned_at: datetime | None
    disabled_from: datetime | None
    confirm_by: datetime


class WebhookWithSecret(Webhook):
    """A subscription with its secret, which is shown this once."""

    secret: str


class WebhookList(BaseModel):
    """All webhooks of the caller."""

    items: list[Webhook]


class Attempt(BaseModel):
    """One attempt: `outcome` is delivered, failed, given-up, gone or test; `status` 0: no answer."""

    at: str | None
    event_id: str
    type: str
    attempt: int
    outcome: str
    status: int
    reason: str
    milliseconds: int
    next_attempt_in: float | None


class AttemptPage(BaseModel):
    """Attempts, oldest first."""

    items: list[Attempt]
    next: str | None


def shown(found: Found) -> Webhook:
    """A subscription as its owner sees it."""
    known = found.subscription
    since, active = known.failing_since, known.state is State.ACTIVE
    return Webhook(
        webhook_id=known.id,
        version=known.version,
        url=known.url,
        types=known.types,
        warning_url=known.warning_url,
        state=known.state.value,
        reason=known.reason,
        failing_since=_moment(since),
        held_up_since=_moment(known.held_up_since),
        warned_at=_moment(known.warned_at),
        disabled_from=_moment(since + Schedule().give_up_after) if since is not None and active else None,
        confirm_by=datetime.fromtimestamp(int(known.seen_at + UNSEEN), UTC),
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC)


def attempt(at: str | None, delivery: Delivery) -> Attempt:
    """A delivery as the owner of its webhook sees it."""
    return Attempt(at=at, **msgspec.structs.asdict(delivery))
