"""What services of a hub or region may do on their own broker, beside what every instance's may."""

from deploy.federation.configuration import beat

BEATS, NATIONAL = "BEATS", "NATIONAL"
GATEWAY = "gateway"
_API = "$JS.API"


def at_hub(service: str) -> list[str]:
    """A hub's services read what the regions published; its gateway also looks how far it has come.

    A region's stream is one token that no wildcard matches in part, so looking is allowed for all.
    Direct reading is answered by streams that are made for it alone: of an instance's own, by the dead
    letters.
    """
    reads = [
        f"{_API}.STREAM.INFO.{NATIONAL}",
        f"{_API}.CONSUMER.INFO.{NATIONAL}.*",
        f"{_API}.CONSUMER.MSG.NEXT.{NATIONAL}.*",
        f"$JS.ACK.{NATIONAL}.>",
    ]
    if service != GATEWAY:
        return reads
    return [
        *reads,
        f"{_API}.STREAM.INFO.*",
        f"{_API}.CONSUMER.LIST.{NATIONAL}",
        f"{_API}.DIRECT.GET.*",
        f"{_API}.DIRECT.GET.{BEATS}.>",
    ]


def at_region(service: str, region: str, uplink: str) -> list[str]:
    """A region's gateway says that it is there, and forwards to the uplink where a byte budget asks for it."""
    if service != GATEWAY:
        return []
    return [
        beat(region),
        f"uplink.{region}.>",
        f"{_API}.STREAM.INFO.{uplink}",
        f"{_API}.DIRECT.GET.{uplink}",
        f"{_API}.STREAM.MSG.GET.UP",
        f"{_API}.STREAM.MSG.GET.DOWN",
    ]
