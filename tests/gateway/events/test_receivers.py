"""Sending to receivers that do not answer: they hold up their owner, and nobody else."""

import asyncio
from contextlib import asynccontextmanager

from aiohttp import web

from services.gateway.events.webhooks.addresses import networks
from services.gateway.events.webhooks.receivers import OF_ONE, Receivers
from tests.servers import wait_for


@asynccontextmanager
async def serving(handle):
    app = web.Application()
    app.router.add_post("/{rest:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receivers = Receivers(networks("127.0.0.0/8"))
    await receivers.start()
    try:
        yield receivers, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await receivers.close()
        await runner.cleanup()


async def test_receivers_that_do_not_answer_hold_up_their_owner_alone():
    """Even where another owner sends to the same host; who waits for a turn does not fail."""
    asked, released = list[str](), asyncio.Event()

    async def handle(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path == "/slow":
            await released.wait()
        return web.Response()

    async with serving(handle) as (receivers, url):
        slow = [
            asyncio.create_task(receivers.send(f"{url}/slow", {}, b"{}", "one")) for _ in range(OF_ONE + 4)
        ]
        await wait_for(lambda: len(asked) >= OF_ONE)
        answered = await receivers.send(f"{url}/quick", {}, b"{}", "another")
        assert (answered.status, answered.reason) == (200, "")
        assert asked == ["/slow"] * OF_ONE + ["/quick"]
        released.set()
        assert [each.status for each in await asyncio.gather(*slow)] == [200] * (OF_ONE + 4)
