"""A whole instance's secrets, for the jobs that look after all of its services: one file each.

In containers the files are in /run/secrets. A service itself has its own secrets only, under the
names of its settings.
"""

from urllib.parse import unquote, urlsplit

from deploy.services import owners
from shared import settings
from shared.settings import Settings

ADMIN_DATABASE = "admin_database_url"


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
