"""The hub's side of membership: regions are added, suspended, resumed and removed in one document.

Nobody else restarts for it: the hub's nats-server reads its configuration again, and the link of a
region that may no longer speak is closed. Of a region that was removed the document keeps key and
epoch, and the server an account without a user: of an account that is taken out and comes back the
streams never read their sources again before the server's next start.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.federation.authority import Authority, new_key
from deploy.federation.configuration import Json, Member, Tls, hub_accounts, hub_settings
from deploy.federation.folder import INSTANCE, FederationError, Folder

DOCUMENT = "hub.json"
ACTIVE, SUSPENDED, REMOVED = "active", "suspended", "removed"


@dataclass(frozen=True)
class Hub:
    """The federation as the hub's folder has it."""

    folder: Folder

    def init(self, name: str, hosts: Sequence[str], port: int, given: Tls | None = None) -> None:
        """Make keys and certificates for a hub that regions reach as the first of `hosts`.

        With `given`, a ministry's own certificate, key and authority are used, and regions bring
        certificates of that authority. Raises FederationError where a hub exists already.
        """
        if self.folder.file(DOCUMENT).exists():
            raise FederationError(f"{self.folder.path} is a hub's folder already.")
        if not INSTANCE.match(name):
            raise FederationError(f"{name!r} is no instance name: small letters, digits and hyphens.")
        self.folder.keys()
        if given is None:
            self._certify(name, hosts)
        else:
            self._take_over(given)
        own = given is None
        document = {
            "hub": name, "hosts": list(hosts), "port": port, "own_authority": own, "regions": {}
        }  # fmt: skip
        self.folder.keep(DOCUMENT, document)

    def add(self, request: dict[str, Any]) -> dict[str, Any]:
        """Admit the region of a request, or renew it; returns the welcome to be sent back.

        Neither holds a private key. Raises FederationError for a request that cannot be read, and for
        the name of a member that is known by another key.
        """
        document = self.folder.document(DOCUMENT)
        try:
            region, nkey, box = str(request["region"]), str(request["nkey"]), str(request["box"])
            epoch, signing = int(request["epoch"]), str(request["request"])
        except (KeyError, TypeError, ValueError):
            raise FederationError("This is no request of a region.") from None
        if not INSTANCE.match(region) or region == document["hub"]:
            raise FederationError(f"{region!r} cannot be the name of a region here.")
        known = document["regions"].get(region)
        if known is not None and known["nkey"] != nkey and known["state"] != REMOVED:
            raise FederationError(f"{region} is known by another key: remove it before it is added anew.")
        epoch = _epoch(known, nkey, epoch)
        welcome = {
            "hub": document["hub"],
            "url": f"tls://{document['hosts'][0]}:{document['port']}",
            "region": region,
            "epoch": epoch,
            "nkey": self.folder.keys().public,
            "box": self.folder.keys().public_box,
            "authority": self.folder.read("authority.pem").decode(),
        }
        if document["own_authority"]:
            welcome["certificate"] = self._sign(region, signing)
        document["regions"][region] = {"nkey": nkey, "box": box, "epoch": epoch, "state": ACTIVE}
        self.folder.keep(DOCUMENT, document)
        return welcome

    def set_state(self, region: str, state: str) -> None:
        """Suspend a region or let it speak again. Raises FederationError for one that is not a member."""
        document = self._document_of(region)
        document["regions"][region]["state"] = state
        self.folder.keep(DOCUMENT, document)

    def set_epoch(self, region: str, epoch: int) -> None:
        """Read a region's uplink of a later epoch, after it was restored. Raises FederationError."""
        document = self._document_of(region)
        if epoch < document["regions"][region]["epoch"]:
            raise FederationError(f"{region} is at epoch {document['regions'][region]['epoch']} already.")
        document["regions"][region]["epoch"] = epoch
        self.folder.keep(DOCUMENT, document)

    def remove(self, region: str) -> None:
        """End a region's membership; the figures it published stay. Raises FederationError."""
        self.set_state(region, REMOVED)

    def name(self) -> str:
        """Its own name. Raises FederationError before `init`."""
        return str(self.folder.document(DOCUMENT)["hub"])

    def port(self) -> int:
        """Where regions link."""
        return int(self.folder.document(DOCUMENT)["port"])

    def members(self, *, active: bool = False) -> list[Member]:
        """All regions by name, or those that may connect now."""
        wanted = {ACTIVE} if active else {ACTIVE, SUSPENDED}
        return _members(self.folder.document(DOCUMENT), wanted)

    def server(self, listen: str = "") -> tuple[Json, dict[str, Json]]:
        """What nats-server needs: the parts of its configuration, and the accounts of the regions."""
        document = self.folder.document(DOCUMENT)
        tls = Tls(*(str(self.folder.file(f"{name}.pem")) for name in ("server", "server-key", "authority")))
        address = listen or f"0.0.0.0:{document['port']}"
        settings = hub_settings(document["hub"], address, tls)
        return settings, hub_accounts(document["hub"], _members(document, {ACTIVE, SUSPENDED, REMOVED}))

    def _certify(self, name: str, hosts: Sequence[str]) -> None:
        authority, key = Authority.made(name), new_key()
        self.folder.write("authority.pem", authority.certificate)
        self.folder.write("authority-key.pem", authority.key)
        self.folder.write("server.pem", authority.server(key, name, hosts))
        self.folder.write("server-key.pem", key)

    def _take_over(self, given: Tls) -> None:
        for name, source in (
            ("authority", given.authority),
            ("server", given.certificate),
            ("server-key", given.key),
        ):
            self.folder.write(f"{name}.pem", Path(source).read_bytes())

    def _sign(self, region: str, request: str) -> str:
        authority = Authority(self.folder.read("authority.pem"), self.folder.read("authority-key.pem"))
        try:
            return authority.client(request.encode(), region).decode()
        except ValueError as error:
            raise FederationError(str(error)) from error

    def _document_of(self, region: str) -> dict[str, Any]:
        document = self.folder.document(DOCUMENT)
        if not is_member(document, region):
            raise FederationError(f"{region} is no member of this federation.")
        return document


def is_member(document: dict[str, Any], region: str) -> bool:
    """Whether a region belongs to the hub with this document, suspended or not."""
    return region in document["regions"] and document["regions"][region]["state"] != REMOVED


def _members(document: dict[str, Any], states: set[str]) -> list[Member]:
    return [
        Member(name, region["nkey"], region["epoch"], region["state"] == ACTIVE)
        for name, region in sorted(document["regions"].items())
        if region["state"] in states
    ]


def _epoch(known: dict[str, Any] | None, nkey: str, asked: int) -> int:
    """The epoch in which a region is read: never below that in which its name was read already.

    Who joins anew under the name of a region that was removed begins another uplink with figures of
    the first version: in an epoch of its own they are news.
    """
    if known is None:
        return asked
    begun = int(known["epoch"])
    return max(asked, begun if known["nkey"] == nkey else begun + 1)
