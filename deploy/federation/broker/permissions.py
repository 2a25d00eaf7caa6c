"""What services of a hub or region may do on their own broker, in addition to those of every instance."""

from shared.events.event import published
from shared.federation.protocol import (
    api,
    direct_batch,
    direct_get,
    forwarded_down,
    forwarded_up,
    gathered,
    heartbeat_subject,
    link,
)
from shared.messaging.stream_names import DOWN, NATIONAL, UP

GATEWAY = "gateway"


def at_hub(service: str) -> list[str]:
    """A hub's services look at what the regions published, which its gateway takes there from their links.

    They read it by durables of their own, as everything else. A region's name is one token, so reading of
    all links is allowed with that of one. The gateway sees how far the services have read, not what.
    """
    looks = [f"{api()}.STREAM.INFO.{NATIONAL}"]
    if service != GATEWAY:
        return looks
    return [
        *looks,
        f"{api()}.CONSUMER.LIST.{NATIONAL}",
        *(f"{direct_get()}.{stream}" for stream in (NATIONAL, DOWN)),
        f"{gathered()}.>",
        f"{forwarded_down()}.>",
        *_of_link("*"),
    ]


def at_region(service: str, region: str, hub: str) -> list[str]:
    """A region's gateway says that it is there, and takes events to the link and publications from it."""
    if service != GATEWAY:
        return []
    return [
        heartbeat_subject(region),
        f"{forwarded_up(region)}.>",
        f"{published(hub, 'down')}.>",
        *(f"{direct_get()}.{stream}" for stream in (UP, DOWN)),
        f"{api()}.STREAM.MSG.GET.{DOWN}",
        *_of_link(),
    ]


def _of_link(region: str = "") -> list[str]:
    """To look at the streams of a link, and to read them."""
    end = link(region)
    return [f"{api(end)}.STREAM.INFO.*", f"{direct_get(end)}.>", f"{direct_batch(end)}.*"]
