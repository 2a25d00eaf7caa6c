"""What a region's request and a hub's welcome must be before anything of them is stored.

Both come from somebody else: each field is judged, and the message of an error names it. Each is signed by the
NKEY that it names, over all that it holds: who compared that key on the telephone has compared the rest.
"""

import json
from typing import Any, TypeVar

import msgspec

from deploy.federation.federation_error import FederationError
from deploy.federation.membership.names import check_instance, check_url
from deploy.federation.pki import certificates
from deploy.federation.pki.keys import Forged, Keys, check_box, check_nkey, verify
from deploy.federation.store.schemas import EPOCHS, Epoch

REQUEST, WELCOME = "request of a region", "welcome of a hub"
SIGNATURE = "signature"


class Request(msgspec.Struct, frozen=True):
    """What a region asks with: its name, its public keys, its epoch, the signing request for its certificate."""

    region: str
    nkey: str
    box: str
    epoch: Epoch
    request: str


class Welcome(msgspec.Struct, frozen=True):
    """What a hub answers: who it is and where, its public keys, its authority, what that signed; and for whom.

    `epoch` is that in which the hub reads the region from now on.
    """

    hub: str
    url: str
    region: str
    nkey: str
    box: str
    region_nkey: str
    authority: str
    certificate: str | None = None
    epoch: Epoch = 1


_Document = TypeVar("_Document", Request, Welcome)


def signed(document: dict[str, Any], keys: Keys, what: str) -> dict[str, Any]:
    """A document with the signature of who writes it; `what` is REQUEST or WELCOME."""
    rest = {name: value for name, value in document.items() if name != SIGNATURE}
    return {**rest, SIGNATURE: keys.sign(_canonical(rest, what)).hex()}


def request_of(sent: dict[str, Any]) -> Request:
    """A region's request. Raises FederationError, which names the field that is wrong."""
    found = _converted(sent, Request, REQUEST)
    check_instance(found.region)
    _check_keys(found, REQUEST)
    _check_signature(sent, found.nkey, REQUEST)
    return found


def welcome_of(sent: dict[str, Any]) -> Welcome:
    """A hub's welcome. Raises FederationError, which names the field that is wrong."""
    found = _converted(sent, Welcome, WELCOME)
    check_instance(found.hub)
    if found.hub == found.region:
        raise FederationError(f"hub: a hub cannot be called {found.hub}, as its region is.")
    try:
        check_url(found.url)
    except FederationError as error:
        raise FederationError(f"url: {error}") from None
    _check_keys(found, WELCOME)
    certificates.check_authority(found.authority.encode())
    _check_signature(sent, found.nkey, WELCOME)
    return found


def check_epoch(epoch: int) -> None:
    """Raises FederationError for a number that is no epoch."""
    if not 1 <= epoch < EPOCHS:
        raise FederationError(f"{epoch} is no epoch: it is from 1 to {EPOCHS - 1}.")


def _converted(sent: dict[str, Any], kind: type[_Document], what: str) -> _Document:
    try:
        found = msgspec.convert(sent, kind)
        for value in msgspec.structs.astuple(found):
            str(value).encode()  # a lone surrogate is in no text that a hub or region writes
    except ValueError as error:
        raise FederationError(f"This is no {what}: {error}") from None
    return found


def _check_keys(found: Request | Welcome, what: str) -> None:
    for field, check in (("nkey", check_nkey), ("box", check_box)):
        try:
            check(getattr(found, field))
        except ValueError as error:
            raise FederationError(f"This is no {what}: {field}: {error}") from None


def _check_signature(sent: dict[str, Any], nkey: str, what: str) -> None:
    """That the holder of the key wrote all of it: otherwise the key compared would say nothing of the rest."""
    rest = {name: value for name, value in sent.items() if name != SIGNATURE}
    try:
        verify(nkey, _canonical(rest, what), bytes.fromhex(str(sent.get(SIGNATURE, ""))))
    except (Forged, ValueError, TypeError):
        raise FederationError(
            f"This is no {what}: signature: it is not that of its nkey, so somebody changed it on the way: have it"
            " sent again."
        ) from None


def _canonical(document: dict[str, Any], what: str) -> bytes:
    """The same bytes at both ends, and never those of another kind of document."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return f"steward: {what}\n{text}".encode()
