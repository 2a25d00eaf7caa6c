"""How long the certificates are valid by which an instance proves itself: nothing else tells before they end."""

from collections.abc import Iterator

from deploy.federation.membership.hub_certificates import AUTHORITY, SERVER
from deploy.federation.membership.region import Region
from deploy.federation.pki.certificates import SOON, left
from deploy.federation.store.membership_store import Folder

_REMEDY = {
    "hub": "renew it: steward federation renew",
    "region": "renew it: steward federation join --name NAME, and the welcome that the hub's operator adds to it",
}


def standing(folder: Folder) -> Iterator[str]:
    """Lines to print, none where there is no federation. Raises FederationError for a damaged folder."""
    kind = folder.role()
    if kind == "none":
        return
    days = left(folder.read(SERVER if kind == "hub" else Region(folder).certificate()))
    yield _line("certificate of this end of the link", days, _REMEDY[kind])
    days = left(folder.read(AUTHORITY))
    if days < SOON:
        yield _line(
            "certificate of the authority", days, "all that it signed ends with it, so have another one"
        )


def _line(what: str, days: int, remedy: str) -> str:
    text = f"{what}: {days} days left" if days >= 0 else f"{what}: out of date since {-days} days"
    return text if days >= SOON else f"{text}: {remedy}"
