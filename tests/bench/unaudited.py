"""Services as they would be without an audit, for its measurement alone: nothing of Steward turns it off."""

from fastapi import Request

from shared import server
from shared.audit.recording import Audited
from shared.auth.caller import Caller


def main(service: str) -> None:
    """As `shared.server`, with an edge that audits nothing."""
    Audited.begin = _nothing  # type: ignore[assignment, method-assign]
    server.main(service)


async def _nothing(_: Audited, __: Request, caller: Caller) -> Caller:
    return caller
