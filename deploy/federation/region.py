"""A region's side of membership: it asks with a request, and joins with the hub's welcome."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.federation.authority import new_key, signing_request
from deploy.federation.configuration import Json, Tls, region_accounts, region_settings, uplink
from deploy.federation.folder import INSTANCE, FederationError, Folder

DOCUMENT = "region.json"
REQUEST = "request.json"


@dataclass(frozen=True)
class Region:
    """The federation as a region's folder has it."""

    folder: Folder

    def request(self, name: str) -> dict[str, Any]:
        """What to send to the hub's operator; the private halves stay here. The same at every call.

        Raises FederationError for a name that no subject can carry.
        """
        if not INSTANCE.match(name):
            raise FederationError(f"{name!r} is no instance name: small letters, digits and hyphens.")
        if not self.folder.file("link-key.pem").exists():
            self.folder.write("link-key.pem", new_key())
        keys = self.folder.keys()
        request = {
            "region": name,
            "nkey": keys.public,
            "box": keys.public_box,
            "epoch": self.folder.epoch(),
            "request": signing_request(self.folder.read("link-key.pem"), name).decode(),
        }
        self.folder.keep(REQUEST, request)
        return request

    def join(self, welcome: dict[str, Any], given: Tls | None = None) -> None:
        """Take the hub's welcome, with `given` for a certificate of the ministry's own authority.

        The region goes on in the welcome's epoch where that is above its own. Raises FederationError
        for a welcome that answers another request.
        """
        asked = self.folder.document(REQUEST)
        try:
            kept = {name: str(welcome[name]) for name in ("hub", "url", "region", "nkey", "box")}
            authority, epoch = str(welcome["authority"]), int(welcome.get("epoch", 1))
        except (KeyError, TypeError, ValueError):
            raise FederationError("This is no welcome of a hub.") from None
        if kept["region"] != asked["region"]:
            raise FederationError(f"The welcome is for {kept['region']}, not for {asked['region']}.")
        if given is None and "certificate" not in welcome:
            raise FederationError("This hub has no authority of its own: give --certificate and --key.")
        self.folder.write("authority.pem", authority.encode())
        if given is None:
            self.folder.write("link.pem", str(welcome["certificate"]).encode())
        else:
            self.folder.write("link.pem", Path(given.certificate).read_bytes())
            self.folder.write("link-key.pem", Path(given.key).read_bytes())
        if epoch > self.folder.epoch():
            self.folder.begin(epoch)
        self.folder.keep(DOCUMENT, {**kept, "epoch": self.folder.epoch()})

    def name(self) -> str:
        """Its own name. Raises FederationError before the region joined."""
        return str(self.folder.document(DOCUMENT)["region"])

    def hub(self) -> str:
        """Name of the hub. Raises FederationError before the region joined."""
        return str(self.folder.document(DOCUMENT)["hub"])

    def uplink(self) -> str:
        """The stream that the hub reads now."""
        return uplink(self.name(), self.folder.epoch())

    def server(self) -> tuple[Json, dict[str, Json]]:
        """What nats-server needs: the parts of its configuration, and what joins its accounts."""
        document = self.folder.document(DOCUMENT)
        tls = Tls(*(str(self.folder.file(f"{name}.pem")) for name in ("link", "link-key", "authority")))
        seed = self.folder.keys().seed
        settings = region_settings(document["region"], document["url"], seed, tls)
        return settings, region_accounts(document["region"], document["hub"])
