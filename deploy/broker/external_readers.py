"""Who reads the events from outside the services: other systems of the same instance, which only read.

A reader is a user of the broker that exists where its password does. It pulls from one durable
consumer of its own on each of its streams; it can publish no event and make or change nothing.

A client that makes a request picks the subject of the answer, and the server sends it there: an empty
answer on ``$JS.API.STREAM.DELETE.LOCAL`` would delete that stream. So each reader is in an account of
its own without streams, which imports what the reader may ask; answers come back into that account
and end there.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from deploy.broker.durables import asked
from shared.events.event import Reach, published
from shared.federation.protocol import api
from shared.messaging.subscriptions import Durable

AGGREGATES = "reader"  # structure and figures without people
PEOPLE = "people-reader"  # also events about people, by opaque id
READERS: dict[str, tuple[Reach, ...]] = {
    AGGREGATES: (Reach.UP, Reach.DOWN),
    PEOPLE: (Reach.LOCAL, Reach.UP, Reach.DOWN),
}


def durables(instance: str) -> Sequence[Durable]:
    """The durable consumers of all readers; each has the name of its reader."""
    return [
        Durable(reach.stream, reader, f"{published(instance_of(reach, instance), reach)}.>")
        for reader, reaches in READERS.items()
        for reach in reaches
    ]


def instance_of(reach: Reach, instance: str) -> str:
    """Events with reach `down` are read of any hub, all others of the own instance only."""
    return "*" if reach is Reach.DOWN else instance


def permissions(reader: str, inbox: str) -> dict[str, dict[str, list[str]]]:
    """What a reader made by command may do: look at, pull from and acknowledge on its own durable consumers."""
    return _permissions(requests_of(reader, READERS[reader]), inbox)


def _permissions(requests: Iterable[str], inbox: str) -> dict[str, dict[str, list[str]]]:
    return {"publish": {"allow": list(requests)}, "subscribe": {"allow": [f"{inbox}.>"]}}


def account_of(
    credential: dict[str, str], durable: str, reaches: Sequence[Reach], owner: str, inbox: str
) -> dict[str, Any]:
    """The account of one reader, whose user proves itself by `credential`.

    It may look at, pull from and acknowledge on its durable consumers named `durable`, which `owner` has.
    """
    requests = list(requests_of(durable, reaches))
    imports = [{"service": {"account": owner, "subject": subject}} for subject in requests]
    return {"users": [{**credential, "permissions": _permissions(requests, inbox)}], "imports": imports}


def accounts(passwords: dict[str, str], owner: str, inbox: Callable[[str], str]) -> dict[str, dict[str, Any]]:
    """An account for each reader that has a password, and what `owner`, whose streams they read, exports."""
    known = [reader for reader in READERS if reader in passwords]
    asking: dict[str, list[str]] = {}
    for reader in known:
        for subject in requests_of(reader, READERS[reader]):
            asking.setdefault(subject, []).append(account(reader))
    exports = [
        {"service": subject, "response_type": answers(subject), "accounts": allowed}
        for subject, allowed in asking.items()
    ]
    own = {
        account(reader): account_of(
            {"user": reader, "password": passwords[reader]}, reader, READERS[reader], owner, inbox(reader)
        )
        for reader in known
    }
    return {**own, owner: {"exports": exports}}


def account(reader: str) -> str:
    """Name of a reader's account."""
    return reader.upper()


def answers(subject: str) -> str:
    """A pull is answered by many messages, everything else by one."""
    return "stream" if ".MSG.NEXT." in subject else "singleton"


def requests_of(durable: str, reaches: Sequence[Reach]) -> Iterator[str]:
    """The subjects that a reader asks on."""
    yield f"{api()}.INFO"
    for reach in reaches:
        yield f"{api()}.STREAM.INFO.{reach.stream}"
        yield from asked(reach.stream, durable)
