"""The hub's side of membership: regions are added, suspended, resumed and removed in one document.

Nobody else restarts for it: the hub's nats-server reads its configuration again, and the link of a region that
may no longer connect is closed. Key and epoch of a region that was removed stay in the document, and its
account stays on the server, without a user: if an account is deleted and comes back, its streams read their
sources again only after the server's next start.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.federation.federation_error import FederationError
from deploy.federation.membership import enrolment
from deploy.federation.membership.enrolment import Request, check_epoch, request_of
from deploy.federation.membership.hub_certificates import HubCertificates
from deploy.federation.membership.names import check_host, check_instance, check_port, listening, url
from deploy.federation.pki.certificates import Pair, Tls
from deploy.federation.store.files import read
from deploy.federation.store.membership_store import Folder
from deploy.federation.store.schemas import HUB, REGION

DOCUMENT = HUB
ACTIVE, SUSPENDED, REMOVED = "active", "suspended", "removed"


@dataclass(frozen=True)
class Member:
    """A region as the hub knows it: its name, the public NKEY of its link, its epoch, whether it may speak."""

    region: str
    nkey: str
    epoch: int = 1
    active: bool = True


@dataclass(frozen=True)
class Hub:
    """The federation as the hub's folder has it."""

    folder: Folder

    def init(self, name: str, hosts: Sequence[str], port: int, given: Tls | None = None) -> None:
        """Make keys and certificates for a hub that regions reach as the first of `hosts`.

        With `given`, a ministry's own certificate, key and authority are used, and regions bring
        certificates of that authority. Raises FederationError where a hub exists already, for what does
        not fit and in a region's folder; then nothing was written.
        """
        if self.folder.file(DOCUMENT).exists():
            raise FederationError(f"{self.folder.path} is a hub's folder already.")
        if self.folder.file(REGION).exists():
            raise FederationError(f"{self.folder.path} is a region's folder: give a hub one of its own.")
        check_instance(name)
        _check_place(hosts, port)
        pair = _pair(given, hosts)
        self.folder.make_keys()
        if pair is None:
            HubCertificates(self.folder).make(name, hosts)
        else:
            HubCertificates(self.folder).take_over(pair)
        document = {
            "hub": name, "hosts": list(hosts), "port": port, "own_authority": pair is None, "regions": {}
        }  # fmt: skip
        self.folder.keep(DOCUMENT, document)

    def renew(self, hosts: Sequence[str] = (), port: int | None = None, given: Tls | None = None) -> bool:
        """Make a new certificate for the server, also for other `hosts` or another `port`; members stay.

        With `given` it is a ministry's own. Returns whether regions need a new welcome, because they call
        another address or trust another authority now. Raises FederationError, and nothing was written.
        """
        document, own = self.folder.document(DOCUMENT), HubCertificates(self.folder)
        called, at = list(hosts) or document["hosts"], document["port"] if port is None else port
        _check_place(called, at)
        pair, before = _pair(given, called), own.authority()
        if pair is not None:
            own.take_over(pair)
        elif document["own_authority"]:
            own.renew(document["hub"], called)
        else:
            raise FederationError(
                "This hub has no authority of its own: give --certificate, --key and --authority."
            )
        self.folder.keep(DOCUMENT, {**document, "hosts": called, "port": at, "own_authority": pair is None})
        return before != own.authority() or (called[0], at) != (document["hosts"][0], document["port"])

    def add(self, request: dict[str, Any]) -> dict[str, Any]:
        """Admit the region of a request, or renew it; returns the welcome to be sent back.

        Neither holds a private key. Raises FederationError for a request that cannot be read, for the name
        of a member that is known by another key, and for a key by which somebody else is known.
        """
        document, asked = self.folder.document(DOCUMENT), request_of(request)
        self._check_new(document, asked)
        epoch = _epoch(document["regions"].get(asked.region), asked)
        welcome = self._welcome(document, asked, epoch)
        document["regions"][asked.region] = {
            "nkey": asked.nkey, "box": asked.box, "epoch": epoch, "state": ACTIVE
        }  # fmt: skip
        self.folder.keep(DOCUMENT, document)
        return welcome

    def _check_new(self, document: dict[str, Any], asked: Request) -> None:
        """A name has one key and a key one name: nats-server would take neither twice."""
        if asked.region == document["hub"]:
            raise FederationError(f"{asked.region!r} cannot be the name of a region here: it is the hub's.")
        keys = {
            name: region["nkey"] for name, region in document["regions"].items() if is_member(document, name)
        }
        if keys.pop(asked.region, asked.nkey) != asked.nkey:
            raise FederationError(
                f"{asked.region} is known by another key: remove it before it is added anew."
            )
        for name, nkey in {**keys, document["hub"]: self.folder.keys().public}.items():
            if nkey == asked.nkey:
                raise FederationError(
                    f"nkey: it is {name}'s already: {asked.region} must ask with keys of its own."
                )

    def _welcome(self, document: dict[str, Any], asked: Request, epoch: int) -> dict[str, Any]:
        keys = self.folder.keys()
        welcome = {
            "hub": document["hub"],
            "url": url(document["hosts"][0], document["port"]),
            "region": asked.region,
            "epoch": epoch,
            "nkey": keys.public,
            "box": keys.public_box,
            "region_nkey": asked.nkey,
            "authority": HubCertificates(self.folder).authority().decode(),
        }
        if document["own_authority"]:
            welcome["certificate"] = HubCertificates(self.folder).sign(asked)
        return enrolment.signed(welcome, keys, enrolment.WELCOME)

    def set_state(self, region: str, state: str) -> None:
        """Suspend a region or let it speak again. Raises FederationError for one that is not a member."""
        document = self._document_of(region)
        document["regions"][region]["state"] = state
        self.folder.keep(DOCUMENT, document)

    def set_epoch(self, region: str, epoch: int) -> None:
        """Read a region's uplink of a later epoch, after it was restored. Raises FederationError."""
        document = self._document_of(region)
        check_epoch(epoch)
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

    def listening(self) -> str:
        """Address and port where the link listens."""
        document = self.folder.document(DOCUMENT)
        return listening(document["hosts"], document["port"])

    def members(self, *, active: bool = False) -> list[Member]:
        """All regions by name, or those that may connect now."""
        wanted = {ACTIVE} if active else {ACTIVE, SUSPENDED}
        return _members(self.folder.document(DOCUMENT), wanted)

    def ever(self) -> list[Member]:
        """All regions that there ever were, by name: the server has an account of those that were removed."""
        return _members(self.folder.document(DOCUMENT), {ACTIVE, SUSPENDED, REMOVED})

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


def _epoch(known: dict[str, Any] | None, asked: Request) -> int:
    """The epoch in which a region is read: never below that in which its name was read already.

    A region that joins under the name of one that was removed begins another uplink, with figures of version 1.
    In a later epoch they count as newer.
    """
    if known is None:
        return asked.epoch
    begun = int(known["epoch"])
    epoch = max(asked.epoch, begun if known["nkey"] == asked.nkey else begun + 1)
    check_epoch(epoch)
    return epoch


def _check_place(hosts: Sequence[str], port: int) -> None:
    if not hosts:
        raise FederationError("Say how regions reach the hub: --host NAME.")
    for host in hosts:
        check_host(host)
    check_port(port)


def _pair(given: Tls | None, hosts: Sequence[str]) -> Pair | None:
    """A ministry's own certificate, once it is known to fit. Raises FederationError."""
    if given is None:
        return None
    pair = Pair(*(read(Path(file)) for file in (given.certificate, given.key, given.authority)))
    pair.check(hosts)
    return pair
