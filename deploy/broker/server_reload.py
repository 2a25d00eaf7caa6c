"""Having a server read its configuration again, and hearing whether it did.

nats-server never answers a signal. If it refused the new configuration it would go on with the old one, and
nobody would know. So it is asked over its system account, which answers.
"""

import json

from nats.aio.client import Client

_PING = "$SYS.REQ.SERVER.PING"
_SECONDS = 10.0


async def read_again(system: Client) -> str | None:
    """The server's own words where it refuses, None where it took it. `system` speaks for the system account.

    Raises what the client raises where nobody answers.
    """
    answer = json.loads((await system.request(_PING, b"", timeout=_SECONDS)).data)
    asked = f"$SYS.REQ.SERVER.{answer['server']['id']}.RELOAD"
    outcome = json.loads((await system.request(asked, b"", timeout=_SECONDS)).data)
    return str(outcome["error"].get("description")) if "error" in outcome else None
