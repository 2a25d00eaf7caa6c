"""Who writes a user: the caller, and the source system that it writes people as."""

from typing import NamedTuple

from services.registry.source_systems.queries import Writer
from shared.auth.caller import Caller


class Author(NamedTuple):
    """`named` is the code of the source system that the request names, None where the client is bound to one."""

    caller: Caller
    writer: Writer
    named: str | None
