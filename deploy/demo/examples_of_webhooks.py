"""A webhook for the API page, of the sign-in that the page is filled in for."""

from typing import Any

from deploy.demo.api import Api

URL = "https://hris.example.org/steward"  # reserved by RFC 2606: nothing is ever delivered
TYPE = "steward.registry.people-changed.v1"


async def prepare(api: Api, leader: str) -> dict[str, dict[str, Any]]:
    """Subscribe it, with a cursor from which it can be delivered again."""
    manager = api.acting(f"programme-manager:{leader}")
    made = await manager.post_webhooks({"url": URL, "types": [TYPE]})
    begin = await manager.get_events_snapshot()
    path = "/v1/webhooks/{webhook_id}"
    one = {"parameters": {"webhook_id": made["webhook_id"]}}
    places = (f"GET {path}", f"GET {path}/deliveries", f"POST {path}/secrets", f"POST {path}/test")
    ending = (f"DELETE {path}", "DELETE /v1/all-webhooks/{webhook_id}")
    return dict.fromkeys((*places, f"PATCH {path}", *ending), one) | {
        f"POST {path}/replay": one | {"body": {"after": begin["cursor"]}}
    }
