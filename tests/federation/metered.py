"""A region on a metered line: what it publishes, its budget, and a clock of days that a test turns."""

from datetime import UTC, datetime, timedelta

from services.gateway.broker import Broker
from services.gateway.federation.bridge import Bridge
from services.gateway.federation.bridge_routes import up
from shared.settings import Settings
from tests.federation.links import Place

UP = "steward.{}.up.evaluation.indicator-computed.v1"
LIMIT = 20_000  # bytes a day: about 14 events of 1000


class Days:
    """A clock of real days that a test turns."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def next(self) -> None:
        self.now += timedelta(days=1)


async def publish(north: Place, event: str, size: int = 1000) -> None:
    await north.admin.publish(UP.format("north"), b"." * size, headers={"Nats-Msg-Id": event})


def metered(north: Place, limit: int = LIMIT) -> Settings:
    return north.settings(uplink_bytes_per_day=limit)


def bridge_of(broker: Broker, configured: Settings, days: Days) -> Bridge:
    return Bridge(broker, up("north", configured.epoch), configured.uplink_bytes_per_day, days)
