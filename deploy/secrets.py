"""A whole instance's secrets, for the jobs that look after all of its services: one file each.

In containers the files are in /run/secrets. A service itself has its own secrets only, under the
names of its settings.
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from deploy.federation.broker.leaf_configuration import federated
from deploy.federation.federation_error import FederationError
from deploy.federation.store.membership_store import Folder
from deploy.local.nats import ADMIN, server_settings, write_settings
from deploy.services import NAMES, owners
from shared import settings
from shared.settings import Settings

ADMIN_DATABASE = "admin_database_url"
STORE = Path("/var/lib/steward/jetstream")
MONITOR = "127.0.0.1:8222"  # for the health check inside the container


class SecretMissing(Exception):
    """A file that a job needs is not there, or empty; the message names it."""


def secret(name: str) -> str:
    """What a secret's file holds. Raises SecretMissing."""
    path = settings.SECRETS / name
    content = path.read_text().strip() if path.is_file() else ""
    if not content:
        raise SecretMissing(f"There is no secret {path}.")
    return content


def settings_of(service: str) -> Settings | None:
    """Settings of a service, or of the administrator, from the instance's secrets; None where there are none."""
    found = {
        setting: secret(name)
        for setting, name in (
            ("database_url", f"{service}_database_url"),
            ("nats_password", f"{service}_nats_password"),
        )
        if (settings.SECRETS / name).is_file()
    }
    return Settings.model_validate({"service": service, "nats_user": service, **found}) if found else None


async def create_roles() -> None:
    """The database, and in it a role and a schema for each service, as its URL says. Safe to repeat.

    A password that changed in a URL changes in the server. Raises SecretMissing.
    """
    from deploy import database  # loads SQLAlchemy and alembic, which no other job here needs

    admin = secret(ADMIN_DATABASE)
    urls = {service: urlsplit(secret(f"{service}_database_url")) for service in owners()}
    for service, url in urls.items():
        if url.username != database.role_of(service) or not url.password:
            expected = database.role_of(service)
            raise SecretMissing(f"The secret {service}_database_url must hold {expected} and its password.")
    passwords = {service: unquote(url.password or "") for service, url in urls.items()}
    await database.create_roles(admin, passwords)
    for service, url in urls.items():
        name = url.path.lstrip("/")
        await database.create_database(admin, name)
        await database.create_schemas(admin, name, [service])


def write_broker(path: Path, instance: str, federation: Path | None = None) -> None:
    """nats-server's configuration, with the users and permissions that the code has now.

    With `federation`, the folder of a hub or region, it has the link too; that folder's files are read
    by nats-server where they are.
    """
    from deploy.broker.external_readers import READERS

    passwords = {user: secret(f"{user}_nats_password") for user in (*NAMES, ADMIN)}
    for reader in READERS:  # who has a password reads; nobody has to
        if (settings.SECRETS / f"{reader}_nats_password").is_file():
            passwords[reader] = secret(f"{reader}_nats_password")
    found = server_settings(instance, passwords, "0.0.0.0:4222", STORE)  # its network is private
    if federation is not None:
        found = federated(found, federation, system_password=passwords[ADMIN])
    write_settings(path, {**found, "http": MONITOR})


def check_membership(folder: Folder, given: Settings) -> None:
    """Raises FederationError where the services' settings are not those of the federation folder.

    Services do not see that folder, which holds keys: a second place says what they are.
    """
    kind = folder.role()
    if kind == "none" and given.federation != "none":
        step = "init --hub" if given.federation == "hub" else "join"
        raise FederationError(
            f"This is to be a {given.federation}, but {folder.path} has none: steward federation {step}."
        )
    if kind == "none":
        return
    wanted = {"federation": kind, "instance": folder.instance(), "epoch": folder.epoch()}
    wrong = [
        f"STEWARD_{name.upper()}={value}" for name, value in wanted.items() if getattr(given, name) != value
    ]
    if wrong:
        raise FederationError(
            f"The federation folder {folder.path} asks for other settings: {' '.join(wrong)}"
        )
