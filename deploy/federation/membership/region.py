"""A region's side of membership: it asks with a request, and joins with the hub's welcome."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.federation.federation_error import FederationError
from deploy.federation.membership import enrolment
from deploy.federation.membership.enrolment import Welcome, welcome_of
from deploy.federation.membership.names import check_instance
from deploy.federation.pki.authority import new_key, signing_request
from deploy.federation.pki.certificates import Pair, Tls
from deploy.federation.store.files import read
from deploy.federation.store.membership_store import Folder
from deploy.federation.store.schemas import HUB, REGION, REQUEST
from shared.federation.protocol import uplink

DOCUMENT = REGION
LINK, MINISTRY = "link", "ministry"  # whose certificate and key the link has: the request's, or its own


@dataclass(frozen=True)
class Region:
    """The federation as a region's folder has it."""

    folder: Folder

    def request(self, name: str) -> dict[str, Any]:
        """What to send to the hub's operator; the private halves stay here. The same at every call.

        Raises FederationError for a name that no subject can carry, and in a hub's folder.
        """
        check_instance(name)
        self._check_kind()
        if not self.folder.file(REQUEST).exists() and not self.folder.file(DOCUMENT).exists():
            self.folder.make_keys()
        request = self._asked(name, self.folder.epoch())
        self.folder.keep(REQUEST, request)
        return request

    def restored(self) -> int:
        """Note that the region was restored from a backup, with a request of its new epoch; returns that epoch.

        Raises FederationError where it cannot ask; then the epoch is as it was.
        """
        request = self._asked(self.name(), self.folder.epoch() + 1)
        epoch = self.folder.restored()
        self.folder.keep(REQUEST, request)
        return epoch

    def _asked(self, name: str, epoch: int) -> dict[str, Any]:
        keys = self.folder.keys()
        request = {
            "region": name,
            "nkey": keys.public,
            "box": keys.public_box,
            "epoch": epoch,
            "request": self._signing_request(name),
        }
        return enrolment.signed(request, keys, enrolment.REQUEST)

    def _signing_request(self, name: str) -> str:
        key = f"{LINK}-key.pem"
        if not self.folder.file(key).exists():
            self.folder.write(key, new_key())
        try:
            return signing_request(self.folder.read(key), name).decode()
        except (ValueError, TypeError):
            raise FederationError(
                f"{self.folder.file(key)} is no key of a link: remove it, ask and join again."
            ) from None

    def join(self, welcome: dict[str, Any], given: Tls | None = None, *, another_hub: bool = False) -> None:
        """Take the hub's welcome, with `given` for a certificate of the ministry's own authority.

        The region goes on in the welcome's epoch where that is above its own. Raises FederationError
        for a welcome that answers another request, that no hub writes, or without `another_hub` one of a
        hub with another key than the one joined before; then nothing was written.
        """
        self._check_kind()
        asked, accepted = self.folder.document(REQUEST), welcome_of(welcome)
        if accepted.region != asked["region"]:
            raise FederationError(f"The welcome is for {accepted.region}, not for {asked['region']}.")
        if accepted.region_nkey != asked["nkey"]:
            raise FederationError(f"The welcome answers another request: send {REQUEST} of this folder.")
        if self.folder.file(DOCUMENT).exists() and accepted.nkey != self.hub_nkey() and not another_hub:
            raise FederationError(
                f"The welcome is of {accepted.hub} with the nkey {accepted.nkey}, this region's hub is"
                f" {self.hub()} with {self.hub_nkey()}: let its operator read it out, and if that is right add"
                " --another-hub."
            )
        pair = self._pair(accepted, given)
        self.folder.write("authority.pem", pair.authority)
        which = LINK if given is None else MINISTRY
        self.folder.write(f"{which}.pem", pair.certificate)
        self.folder.write(f"{which}-key.pem", pair.key)
        if accepted.epoch > self.folder.epoch():
            self.folder.begin(accepted.epoch)
        known = {name: getattr(accepted, name) for name in ("hub", "url", "region", "nkey", "box")}
        self.folder.keep(DOCUMENT, {**known, "epoch": self.folder.epoch(), "certificate": which})

    def _pair(self, accepted: Welcome, given: Tls | None) -> Pair:
        """The certificate of the link with its key. Raises FederationError where they do not fit."""
        authority = accepted.authority.encode()
        if given is not None:
            pair = Pair(read(Path(given.certificate)), read(Path(given.key)), authority)
            pair.check()
            return pair
        if accepted.certificate is None:
            raise FederationError("This hub has no authority of its own: give --certificate and --key.")
        pair = Pair(accepted.certificate.encode(), self.folder.read(f"{LINK}-key.pem"), authority)
        try:
            pair.check()
        except FederationError as error:
            raise FederationError(f"This is no welcome of a hub: certificate: {error}") from None
        return pair

    def _check_kind(self) -> None:
        if self.folder.file(HUB).exists():
            raise FederationError(f"{self.folder.path} is a hub's folder: give a region one of its own.")

    def name(self) -> str:
        """Its own name. Raises FederationError before the region joined."""
        return str(self.folder.document(DOCUMENT)["region"])

    def hub(self) -> str:
        """Name of the hub. Raises FederationError before the region joined."""
        return str(self.folder.document(DOCUMENT)["hub"])

    def certificate(self) -> str:
        """The file of its link's certificate. Raises FederationError before the region joined."""
        return f"{self.folder.document(DOCUMENT)['certificate']}.pem"

    def hub_nkey(self) -> str:
        """By which the hub is known. Raises FederationError before the region joined."""
        return str(self.folder.document(DOCUMENT)["nkey"])

    def uplink(self) -> str:
        """The stream that the hub reads now."""
        return uplink(self.name(), self.folder.epoch())

    def url(self) -> str:
        """Where the hub is called. Raises FederationError before the region joined."""
        return str(self.folder.document(DOCUMENT)["url"])

    def files(self) -> Tls:
        """Where nats-server reads the certificate of its link. Raises FederationError before the region joined."""
        which = self.folder.document(DOCUMENT)["certificate"]
        return Tls(*(str(self.folder.file(f"{name}.pem")) for name in (which, f"{which}-key", "authority")))
