"""The names of a federation's links: accounts, streams, subjects and headers. Each is here once. Pure.

A link ends in an account of its own at both sides: nats-server believes the other end of a link more than its
permissions say (decision 13). The gateway bridges between that account and the one of the services::

    region                                        hub
    STEWARD  UP                                   STEWARD  NATIONAL
      | bridge                                      ^ bridge
    LINK     UPLINK_<region>_<epoch>  -- link -->  LINK_<region>  NATIONAL_<region>

    STEWARD  DOWN                                 STEWARD  DOWN
      ^ bridge                                      | bridge
    LINK     DOWN                    <-- link --   LINK_<region>  DOWN

A prefix is the beginning of subjects, without ``.>``.
"""

from collections.abc import Iterable

STEWARD, LINK = "STEWARD", "LINK"  # accounts: the services', and the one where a region's link ends
OWN = "$JS"  # where the instance's own streams are asked for
HEARTBEATS = "BEATS"  # stream: at the hub the last heartbeat of a region
MEMBER = "steward-region-"  # before a region's name, in the metadata of NATIONAL

# Headers of a bridged event: the sequence that it had, when the stream was made whose sequence it is, and on a
# metered line the day with the bytes that it used.
SEQUENCE, SINCE, DAY, USED = "Steward-Sequence", "Steward-Since", "Steward-Day", "Steward-Day-Bytes"
CARRIED = (
    "Steward-Carried"  # header of an event that came as a file: the uplink, and how many are there with it
)
STREAM_SOURCE = (
    "Nats-Stream-Source"  # header of an event that came over a link, by nats-server: stream, sequence
)


def account(region: str = "") -> str:
    """The account where a link ends: at a region its only one, at the hub that of `region`."""
    return f"{LINK}_{region}" if region else LINK


def link(region: str = "") -> str:
    """Where STEWARD asks for the streams of that account."""
    return f"_LINK.{region}" if region else "_LINK"


IN_LINK = link()


def api(where: str = OWN) -> str:
    """Prefix under which JetStream is asked for the streams that are `where`: OWN, or those of a link."""
    return f"{where}.API"


def direct_get(where: str = OWN) -> str:
    """Prefix under which one message of such a stream is read."""
    return f"{api(where)}.DIRECT.GET"


def direct_batch(where: str = OWN) -> str:
    """Prefix under which many messages of such a stream are read at a time: across accounts one of its own."""
    return direct_get() if where == OWN else f"{where}.READ"


def domain_api(instance: str) -> str:
    """Prefix under which the JetStream of another instance is asked over a link."""
    return f"{OWN}.{instance}.API"


def uplink(region: str, epoch: int) -> str:
    """The stream of a region that its hub reads.

    The epoch is in the name because a hub that had read further before the region was restored from
    a backup would otherwise wait for numbers that never come.
    """
    return f"UPLINK_{region}_{epoch}"


def arrivals(region: str) -> str:
    """The stream of the hub that holds what came from a region."""
    return f"NATIONAL_{region}"


def members(metadata: Iterable[str]) -> list[str]:
    """The regions of a hub by name."""
    return sorted(key.removeprefix(MEMBER) for key in metadata if key.startswith(MEMBER))


def forwarded_up(region: str, epoch: int | None = None) -> str:
    """Prefix on which a region's gateway puts events into the uplink of `epoch`, or into any."""
    return f"uplink.{region}" if epoch is None else f"uplink.{region}.{epoch}"


def forwarded_down(region: str = "") -> str:
    """Prefix on which the hub's gateway puts publications where `region` reads them, or any region."""
    return f"downlink.{region}" if region else "downlink"


def gathered(region: str = "") -> str:
    """Prefix on which the hub's gateway puts what came from `region`, or from any, into NATIONAL."""
    return f"national.{region}.up" if region else "national"


def carried(instance: str, reach: str) -> str:
    """Prefix on which an administrator puts what a person carried from `instance`."""
    return f"carried.{instance}.{reach}"


def carried_as(subject: str) -> str:
    """The subject on which an event is put that a person carried, and that was published on `subject`."""
    return f"carried.{subject.removeprefix('steward.')}"


def deliver_up(region: str) -> str:
    """Prefix on which a region's figures are delivered to the hub."""
    return f"_FED.up.{region}"


def deliver_down(region: str) -> str:
    """Prefix on which the hub's publications are delivered to a region."""
    return f"_FED.down.{region}"


def heartbeat_subject(region: str) -> str:
    """Subject on which a region states every few seconds that it is there, and how far it has come."""
    return f"_FED.beat.{region}"
