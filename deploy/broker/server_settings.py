"""The configuration of an instance's nats-server: who may say what on it.

Every service has a user of its own: it may publish its own subjects only, read its own inbox only,
and drive the durable consumers that were provisioned for it, but no other service's, and not make or change any.
"""

import json
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.broker.durables import asked, of_service
from deploy.services import NAMES
from shared.events.event import published
from shared.federation.protocol import STEWARD, api, direct_get
from shared.messaging.reader_requests import PROCESS, PROCESS_SYSTEM
from shared.messaging.stream_names import (
    ADVISORIES,
    DEAD_LETTERS,
    DELIVERIES,
    DOWN,
    ERASURES,
    FEED,
    LOCAL,
    READERS,
    SET_ASIDE,
    UP,
    WEBHOOKS,
    dead_letters,
)

if TYPE_CHECKING:
    from shared.messaging.subscriptions import Durable

ADMIN = "admin"
ERASER = "eraser"  # deletes messages about people who were erased
Durables = Callable[[str], "Iterable[Durable]"]  # of a service: the durable consumers that it reads by
STREAMS = (
    LOCAL,
    UP,
    DOWN,
    FEED,
    WEBHOOKS,
    DELIVERIES,
    SET_ASIDE,
    READERS,
    ERASURES,
    DEAD_LETTERS,
    ADVISORIES,
)
SYS = "SYS"  # the account of the server itself
INCLUDED = "include"  # the file that the accounts have more of; what is named after it is not replaced by it


def server_settings(
    instance: str,
    passwords: dict[str, str],
    listen: str,
    store: Path,
    durables: Durables = of_service,
    readers_file: str = "readers.conf",
) -> dict[str, object]:
    """Configuration of the one server of an instance: JetStream in `store`, and who may say what.

    `readers_file`, a path from the folder of the configuration, has the accounts of readers that the API made. It
    is included where the process that writes it has a password.
    """
    from deploy.broker import (
        external_readers,  # as in `permissions`: commands that start no server need not load the platform
    )
    from deploy.broker.provision import STORAGE

    own = {"jetstream": "enabled", "users": users(instance, passwords, durables)}
    outside = external_readers.accounts(passwords, STEWARD, inbox_prefix)
    accounts = {**outside, STEWARD: {**own, **outside[STEWARD]}}
    if PROCESS in passwords:
        accounts = _with_made_readers(accounts, readers_file, passwords[PROCESS])
    return {
        "server_name": f"steward-{instance}",
        "listen": listen,
        "max_payload": 4 * 1024 * 1024,  # a batch of 500 items stays far below
        "jetstream": {
            "store_dir": str(store),
            "sync_interval": "1s",  # costs nothing visible, the default of 2 min loses more
            "max_file_store": 3 * STORAGE,  # the feed copies what the others hold
            "max_memory_store": 64 * 1024 * 1024,
        },
        "accounts": accounts,
        **({"system_account": SYS} if SYS in accounts else {}),
    }


def _with_made_readers(accounts: dict[str, Any], readers_file: str, password: str) -> dict[str, Any]:
    """`accounts` with the file of readers that the API made, what they may import, and the process that writes it.

    The file comes first: an account that it names as one of these is replaced.
    """
    from deploy.broker import made_readers

    exports = made_readers.exported(accounts[STEWARD]["exports"])
    system = made_readers.system_users(password, inbox_prefix(PROCESS_SYSTEM))
    steward = {**accounts[STEWARD], "exports": exports}
    return {INCLUDED: readers_file, **accounts, STEWARD: steward, SYS: {"users": system}}


def write_settings(path: Path, settings: dict[str, object]) -> None:
    """Write a configuration that its owner alone can read: passwords are in it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(settings_text(settings))


def settings_text(settings: dict[str, object]) -> str:
    """The configuration as nats-server reads it: JSON without its braces. It knows no escapes of letters.

    Where a file is included, that is a line without quotes and comma.
    """
    text = json.dumps(settings, indent=1, ensure_ascii=False).strip()[1:-1]
    return re.sub(rf'^( *)"{INCLUDED}": ("[^"]*"),$', rf"\1{INCLUDED} \2", text, flags=re.MULTILINE)


def read_settings(path: Path) -> dict[str, Any]:
    """What `write_settings` wrote."""
    written = path.read_text(encoding="utf-8")
    text = re.sub(rf'^( *){INCLUDED} ("[^"]*")$', rf'\1"{INCLUDED}": \2,', written, flags=re.MULTILINE)
    found: dict[str, Any] = json.loads("{" + text + "}")
    return found


def inbox_prefix(user: str) -> str:
    """Where replies to `user` go: `nats.connect(inbox_prefix=...)`."""
    return f"_INBOX_{user}"


def users(
    instance: str, passwords: dict[str, str], durables: Durables = of_service
) -> list[dict[str, object]]:
    """The services with their permissions and the administrator, as nats-server's configuration has them."""
    services: list[dict[str, object]] = [
        {
            "user": service,
            "password": passwords[service],
            "permissions": permissions(instance, service, durables(service)),
        }
        for service in NAMES
    ]
    own = _of_process(passwords)
    return [*services, *_eraser(instance, passwords), *own, {"user": ADMIN, "password": passwords[ADMIN]}]


def _eraser(instance: str, passwords: dict[str, str]) -> list[dict[str, object]]:
    """Who deletes messages about people who were erased, where there is a password for it."""
    from deploy.broker.message_erasure import permissions

    if ERASER not in passwords:
        return []
    allowed = permissions(instance, inbox_prefix(ERASER))
    return [{"user": ERASER, "password": passwords[ERASER], "permissions": allowed}]


def _of_process(passwords: dict[str, str]) -> list[dict[str, object]]:
    """The process that makes readers for the API, where there is a password for it."""
    from deploy.broker.made_readers import users

    return users(passwords[PROCESS], inbox_prefix(PROCESS)) if PROCESS in passwords else []


def permissions(instance: str, service: str, reads: "Iterable[Durable]") -> dict[str, dict[str, list[str]]]:
    """What one service may do: its own subjects, its own dead letters, reading by its own durables `reads`.

    And telling the instance's other services which flows are recorded. Making, changing or deleting
    consumers and streams is allowed to none.
    """
    from deploy.broker import erasure_ledger, feed_stream, made_readers
    from shared.messaging import tail_signals

    recorded = tail_signals.subject(instance)
    publish = [
        f"{published(instance, '*')}.{service}.>",
        f"{dead_letters(service)}.>",
        recorded,
        f"{api()}.INFO",
        f"{api()}.STREAM.NAMES",
        *(f"{api()}.STREAM.INFO.{stream}" for stream in STREAMS),
        *(subject for durable in reads for subject in asked(durable.stream, durable.name)),
    ]
    if service == "gateway":  # shows dead letters, delivers to webhooks
        publish += [f"{direct_get()}.{DEAD_LETTERS}", f"{direct_get()}.{DEAD_LETTERS}.>"]
        publish += [*feed_stream.asked_by_gateway(), *made_readers.asked_by_gateway()]
    else:  # has a database, which may come back from a backup
        publish += erasure_ledger.asked_by_owners()
    return {
        "publish": {"allow": publish},
        "subscribe": {"allow": [f"{inbox_prefix(service)}.>", recorded]},
    }
