"""What services of a hub or region may do on their own broker, beside what every instance's may."""

from deploy.federation.broker.configuration import DOWN, beat, link_api, link_read

NATIONAL = "NATIONAL"
GATEWAY = "gateway"
_API = "$JS.API"


def at_hub(service: str) -> list[str]:
    """A hub's services look at what the regions published, which its gateway takes there from their links.

    They read it by durables of their own, as everything else. A region's name is one token, so reading of
    all links is allowed with that of one. The gateway sees how far the services have read, not what.
    """
    looks = [f"{_API}.STREAM.INFO.{NATIONAL}"]
    if service != GATEWAY:
        return looks
    return [
        *looks,
        f"{_API}.CONSUMER.LIST.{NATIONAL}",
        *(f"{_API}.DIRECT.GET.{stream}" for stream in (NATIONAL, DOWN)),
        "national.>",
        "downlink.>",
        *_of_link("*"),
    ]


def at_region(service: str, region: str, hub: str) -> list[str]:
    """A region's gateway says that it is there, and takes events to the link and publications from it."""
    if service != GATEWAY:
        return []
    return [
        beat(region),
        f"uplink.{region}.>",
        f"steward.{hub}.down.>",
        *(f"{_API}.DIRECT.GET.{stream}" for stream in ("UP", DOWN)),
        f"{_API}.STREAM.MSG.GET.{DOWN}",
        *_of_link(),
    ]


def _of_link(region: str = "") -> list[str]:
    """To look at the streams of a link, and to read them."""
    return [
        f"{link_api(region)}.STREAM.INFO.*",
        f"{link_api(region)}.DIRECT.GET.>",
        f"{link_read(region)}.*",
    ]
