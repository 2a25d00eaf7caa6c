"""Who asks the directory."""

from typing import NamedTuple

from shared.auth.caller import Caller


class Asked(NamedTuple):
    """Who searches, and the addresses by which this server is known to them."""

    caller: Caller
    bases: tuple[str, ...]
    of_regions: bool = False  # whether this server shows units of regions, as a hub does
