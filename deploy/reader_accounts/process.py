"""The process itself: ``steward readers``, beside the broker, without a port that others reach."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from deploy.broker.server_settings import inbox_prefix
from deploy.reader_accounts.account_desk import AccountDesk, Refused
from shared.http.listener import listening
from shared.messaging import broker
from shared.messaging.reader_requests import ASKED, PROCESS, PROCESS_SYSTEM, Ask, Outcome
from shared.settings import Settings, read
from shared.tasks import end
from shared.telemetry import logs

log = logging.getLogger("steward.readers")
LOOK = 60.0  # seconds between two looks at who is there
AGAIN = 2.0  # seconds until the next try where the broker did not do its part
ANSWERED = f"{inbox_prefix('gateway')}."


class ReaderProcess:
    """Answers the gateway while the broker is there. `path` is the file that the broker includes."""

    def __init__(self, settings: Settings, path: Path, look: float = LOOK) -> None:
        self._settings = settings
        self._every = look
        self._path = path
        self._again = asyncio.Event()
        self._begun = False
        self._clients: list[Client] = []

    @property
    def ready(self) -> bool:
        """Whether requests are answered."""
        return self._begun and all(client.is_connected for client in self._clients)

    async def run(self) -> None:
        """Work until cancelled, connecting anew where a connection ended for good."""
        while True:
            ended = asyncio.Event()
            async with self._connected(ended) as (client, system):
                desk = AccountDesk(client, system, self._path, self._settings)
                working = asyncio.create_task(self._work(client, desk))
                gone = asyncio.create_task(_until(ended))
                try:
                    await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    self._begun = False
                    await end([working, gone])
            log.warning("the broker ended the connection; connecting anew")
            await asyncio.sleep(broker.AGAIN)

    @contextlib.asynccontextmanager
    async def _connected(self, ended: asyncio.Event) -> AsyncIterator[tuple[Client, Client]]:
        values = {"service": PROCESS_SYSTEM, "nats_user": PROCESS_SYSTEM}
        async with contextlib.AsyncExitStack() as open_ones:
            self._clients = []
            for settings in (self._settings, self._settings.model_copy(update=values)):
                client = await broker.connected(settings, ended, self._back)
                open_ones.push_async_callback(client.close)
                self._clients.append(client)
            yield self._clients[0], self._clients[1]

    async def _back(self) -> None:
        self._again.set()

    async def _work(self, client: Client, desk: AccountDesk) -> None:
        """Begin, answer, and begin again whenever the broker was away: it may have come back from a backup."""
        while True:
            self._again.clear()
            try:
                await desk.begin()
                listening_to = await client.subscribe(ASKED, cb=partial(self._asked, client, desk))
            except (NatsError, OSError, TimeoutError, Refused) as error:
                log.warning("readers are not taken over yet (%s)", type(error).__name__)
                await asyncio.sleep(AGAIN)
                continue
            self._begun = True
            await self._look(desk)
            self._begun = False
            with contextlib.suppress(NatsError):
                await listening_to.unsubscribe()

    async def _look(self, desk: AccountDesk) -> None:
        """Look at everything now and then, until the broker was away."""
        while not self._again.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._again.wait(), self._every)
            try:
                await desk.look_again()
            except (NatsError, OSError, TimeoutError, Refused) as error:
                log.warning("readers were not looked at (%s)", type(error).__name__)
                await asyncio.sleep(AGAIN)

    async def _asked(self, client: Client, desk: AccountDesk, message: Msg) -> None:
        """Answer one request, to the gateway alone; what is none is not answered but by an empty outcome."""
        try:
            outcome = await desk.answer(msgspec.json.decode(message.data, type=Ask))
        except msgspec.MsgspecError:
            outcome = Outcome()
        if message.reply.startswith(ANSWERED):
            await client.publish(message.reply, msgspec.json.encode(outcome))


async def _until(ended: asyncio.Event) -> None:
    await ended.wait()


async def serve(settings: Settings, path: Path) -> None:
    """Run until SIGTERM or SIGINT; `/readyz` answers on loopback, for who watches over this process."""
    process, stopped = ReaderProcess(settings, path), asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)

    async def readyz(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok" if process.ready else "away"}, 200 if process.ready else 503)

    app = Starlette(routes=[Route("/readyz", readyz)])
    async with listening(app, "127.0.0.1", settings.port):
        working = asyncio.create_task(process.run())
        try:
            await stopped.wait()
        finally:
            await end([working])


def main(path: str) -> None:
    """Entry point of the local stack and of ``steward readers``."""
    settings = read(Settings, service=PROCESS)
    logs.start(PROCESS, settings.instance, settings.log_format)
    asyncio.run(serve(settings, Path(path)))
