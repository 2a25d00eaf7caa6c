"""The certificate of a hub's server and the authority that signs those of its regions, as its folder has them."""

from collections.abc import Sequence
from dataclasses import dataclass

from deploy.federation.federation_error import FederationError
from deploy.federation.membership.enrolment import Request
from deploy.federation.pki.authority import Authority, new_key
from deploy.federation.pki.certificates import Pair, Tls, public_of, public_of_key
from deploy.federation.store.membership_store import Folder

AUTHORITY, AUTHORITY_KEY = "authority.pem", "authority-key.pem"
SERVER, SERVER_KEY = "server.pem", "server-key.pem"


@dataclass(frozen=True)
class HubCertificates:
    """A ministry's own authority has no key here: it signs elsewhere."""

    folder: Folder

    def make(self, name: str, hosts: Sequence[str]) -> None:
        """A new authority, and what it signs for a server that is reached as `hosts`."""
        authority, key = Authority.made(name), new_key()
        self.folder.write(AUTHORITY, authority.certificate)
        self.folder.write(AUTHORITY_KEY, authority.key)
        self.folder.write(SERVER_KEY, key)
        self.folder.write(SERVER, authority.server(key, name, hosts))

    def take_over(self, pair: Pair) -> None:
        """A ministry's own."""
        self.folder.write(AUTHORITY, pair.authority)
        self.folder.write(SERVER_KEY, pair.key)
        self.folder.write(SERVER, pair.certificate)

    def renew(self, name: str, hosts: Sequence[str]) -> None:
        """A new certificate for the server's key. Raises FederationError where authority or key do not fit."""
        key = self.folder.read(SERVER_KEY)
        public_of_key(key)
        self.folder.write(SERVER, self._signing().server(key, name, hosts))

    def sign(self, asked: Request) -> str:
        """The certificate of a region's link. Raises FederationError for a signing request of somebody else."""
        try:
            return self._signing().client(asked.request.encode(), asked.region).decode()
        except ValueError as error:
            raise FederationError(f"This is no request of a region: request: {error}") from error

    def authority(self) -> bytes:
        """The authority's certificate, which regions trust. Raises FederationError."""
        return self.folder.read(AUTHORITY)

    def files(self) -> Tls:
        """Where nats-server reads them."""
        return Tls(*(str(self.folder.file(name)) for name in (SERVER, SERVER_KEY, AUTHORITY)))

    def _signing(self) -> Authority:
        found = Authority(self.authority(), self.folder.read(AUTHORITY_KEY))
        if public_of(found.certificate, "authority") != public_of_key(found.key):
            raise FederationError(f"{self.folder.file(AUTHORITY_KEY)} is not the authority's: put it back.")
        return found
