"""What a region's request and a hub's welcome must be before anything of them is kept.

Both come from somebody else: each field is judged, and the message of an error names it.
"""

from typing import Any, TypeVar

import msgspec

from deploy.federation import certificates
from deploy.federation.folder import FederationError
from deploy.federation.kept import EPOCHS, Epoch
from deploy.federation.keys import check_box, check_nkey
from deploy.federation.names import check_instance, check_url


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


def request_of(sent: dict[str, Any]) -> Request:
    """A region's request. Raises FederationError, which names the field that is wrong."""
    found = _converted(sent, Request, "request of a region")
    check_instance(found.region)
    _check_keys(found, "request of a region")
    return found


def welcome_of(sent: dict[str, Any]) -> Welcome:
    """A hub's welcome. Raises FederationError, which names the field that is wrong."""
    found = _converted(sent, Welcome, "welcome of a hub")
    check_instance(found.hub)
    if found.hub == found.region:
        raise FederationError(f"hub: a hub cannot be called {found.hub}, as its region is.")
    try:
        check_url(found.url)
    except FederationError as error:
        raise FederationError(f"url: {error}") from None
    _check_keys(found, "welcome of a hub")
    certificates.check_authority(found.authority.encode())
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
