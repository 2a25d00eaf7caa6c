"""Pulling for FastStream's subscribers: batches that never wait to be full, and what a stop gives back."""

import asyncio
import contextlib
import logging
from typing import Any, cast

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeout
from nats.js import JetStreamContext

from shared.telemetry.logs import place

BATCH = 256
BYTES = 4 * 1024 * 1024  # of a batch: 256 messages with 500 people each would be 20 MB, and one transaction
REST_SECONDS = 0.1
PAUSE_SECONDS = 0.5  # between two requests to a broker that refuses them
FLUSH_SECONDS = 1  # nats-py takes no fraction

log = logging.getLogger("steward.consumer")


class Bound(JetStreamContext):
    """JetStream for subscribers: they bind durables that were provisioned, and never make one."""

    async def pull_subscribe(  # type: ignore[override]  # what says how to make one is left out
        self, subject: str, durable: str | None = None, stream: str | None = None, **_: Any
    ) -> JetStreamContext.PullSubscription:
        """Bind; nothing is asked of the server, so the durable may come later."""
        name, inbox = durable or subject, self._nc.new_inbox()
        answers = await self._nc.subscribe(inbox)
        pull = JetStreamContext.PullSubscription(self, answers, stream or "", name, inbox.encode())
        asked = f"{self._prefix}.CONSUMER.MSG.NEXT.{stream}.{name}"
        return cast("JetStreamContext.PullSubscription", Patient(pull, self._nc, name, (asked, inbox)))


class Patient:
    """A pull subscription that looks ahead, pauses where it gets nothing, and gives back what nobody took.

    While a batch is applied the next one is on its way already: otherwise this process would wait for its
    database, and then its database for it. FastStream asks again at once whatever the answer was (0.7.8):
    1,424 times a second where the durable is gone, and without ever letting others have their turn where
    the connection is closed.
    """

    def __init__(
        self,
        pull: JetStreamContext.PullSubscription,
        client: Client,
        durable: str,
        way: tuple[str, str] = ("", ""),
    ) -> None:
        """Pull for `durable`; `way` is the subject that `pull` asks on, and the one of its answers."""
        self._pull = pull
        self._client = client
        self._durable = durable
        self._subject, self._inbox = way
        self._ahead: asyncio.Task[list[Msg]] | None = None
        self._asked: float | None = None  # for so many seconds, while a request is under way
        self._handed: list[Msg] = []  # FastStream drops what it is handed while it stops

    async def fetch(self, batch: int, timeout: float | None) -> list[Msg]:
        """What was looked ahead for, else `batch` messages. Raises nats' TimeoutError where there is none."""
        self._handed = await self._looked_ahead() or await self._fetch(batch, timeout)
        return self._handed

    async def ask_again(self) -> None:
        """Make the request under way once more: a broker that was restarted has forgotten it.

        nats-py alone would wait until the request's time is over, seconds after the broker is back. Where the
        broker has it still, the message that comes too many is the next one that is fetched.
        """
        if self._asked is not None:
            request = orjson.dumps({"batch": 1, "expires": int(self._asked * 1_000_000_000)})
            with contextlib.suppress(NatsError, OSError):
                await self._client.publish(self._subject, request, self._inbox)

    async def complete(self, messages: list[Msg]) -> None:
        """Add to a batch what is there already, up to its bounds, and look ahead for the one after it."""
        self._handed = []
        if count := _more(messages[-1], len(messages)):
            messages += await self._rest(count)
        if count := _more(messages[-1], 0):
            self._ahead = asyncio.create_task(self._rest(count))

    async def unsubscribe(self) -> None:
        """Receive nothing more; what came and is not at work goes to another replica at once."""
        messages = []
        with contextlib.suppress(NatsError, OSError, TimeoutError):
            messages += await self._looked_ahead()
            await self._client.flush(FLUSH_SECONDS)
            while self._pull.pending_msgs:  # the last of them may say how a request ended, and bring none
                messages += await self._pull.fetch(1, timeout=REST_SECONDS)
        for message in messages + self._handed:  # known only now: a request was answered meanwhile
            with contextlib.suppress(NatsError, OSError):
                await message.nak()
        with contextlib.suppress(NatsError, OSError):
            await self._pull.unsubscribe()

    async def _looked_ahead(self) -> list[Msg]:
        if self._ahead is None:
            return []
        found = await asyncio.shield(self._ahead)  # cancelled meanwhile, they are still to be given back
        self._ahead = None
        return found

    async def _rest(self, count: int) -> list[Msg]:
        """Up to `count` messages that are there already; none where another replica was faster.

        First those that an earlier request brought after its time: nats-py's fetch of several takes all of
        them, however many are asked for, and drops them where its own request then fails.
        """
        found: list[Msg] = []
        try:
            while self._pull.pending_msgs and len(found) < count:
                found += await self._pull.fetch(1, timeout=REST_SECONDS)
            if len(found) < count:
                found += await self._pull.fetch(count - len(found), timeout=REST_SECONDS)
        except (NatsError, OSError, TimeoutError):
            pass
        except Exception as error:  # it would be raised again by every look for what was looked ahead for
            log.error("%s starts again after %s at %s", self._durable, type(error).__name__, place(error))
        return found

    async def _fetch(self, batch: int, timeout: float | None) -> list[Msg]:
        try:
            if self._client.is_connected:
                self._asked = timeout
                return await self._pull.fetch(batch, timeout)
        except TimeoutError:
            if self._client.is_connected:
                raise NatsTimeout from None
        except (NatsError, OSError) as error:
            if self._client.is_connected:  # of a lost connection the broker's own log line tells
                log.warning("%s waits for the broker (%s)", self._durable, type(error).__name__)
        except Exception as error:
            log.error("%s starts again after %s at %s", self._durable, type(error).__name__, place(error))
        finally:
            self._asked = None
        await asyncio.sleep(PAUSE_SECONDS)
        raise NatsTimeout


def _more(last: Msg, beside: int) -> int:
    """How many messages behind `last` a batch may take that has `beside` messages already.

    What waits behind one is about as large as it is.
    """
    room = BYTES // max(len(last.data), 1)
    return max(0, min(last.metadata.num_pending or 0, min(room, BATCH) - beside))
