"""Everything that a stack published, published again."""

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from deploy.broker.server_settings import ADMIN
from services.gateway.broker import put
from tests.flow.stacks import Flow

AT_ONCE = 500  # events published one behind the other before their answers are awaited


async def replay_backwards(flow: Flow) -> int:
    """Publish every event of LOCAL and UP again, newest first, as a broker that forgot would."""
    client = await nats.connect(flow.stack.nats.url, user=ADMIN, password=flow.stack.secrets[ADMIN])
    try:
        messages = [*await everything(client, "LOCAL"), *await everything(client, "UP")]
        again = [
            (message.subject, message.data, {"Nats-Msg-Id": f"again-{number}"})
            for number, message in enumerate(reversed(messages))
        ]
        for start in range(0, len(again), AT_ONCE):
            stored = await put(client, again[start : start + AT_ONCE])
            assert not [one for one in stored if one.error or one.duplicate]
        return len(messages)
    finally:
        await client.close()


async def everything(client: Client, stream: str) -> list[Msg]:
    """The messages of a stream, in its order: by a consumer, since one by one each is a question."""
    jetstream = client.jetstream()
    last = (await jetstream.stream_info(stream)).state.last_seq
    reading = await jetstream.subscribe(">", stream=stream, ordered_consumer=True)
    found: list[Msg] = []
    while not found or found[-1].metadata.sequence.stream < last:
        found.append(await reading.next_msg(timeout=10))
    await reading.unsubscribe()
    return found
