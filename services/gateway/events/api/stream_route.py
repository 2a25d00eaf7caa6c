"""A route whose answer goes on until its reader goes away."""

from anyio import BrokenResourceError
from starlette.types import Receive, Scope, Send

from shared.http import CommandRoute


class StreamRoute(CommandRoute):
    """FastAPI fails where a reader of server-sent events goes away while the next one waits to be sent."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; that nobody reads any more is the usual end of a stream."""
        try:
            await super().handle(scope, receive, send)
        except* BrokenResourceError:
            pass
