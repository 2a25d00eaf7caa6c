"""Jobs of an instance whose secrets are files."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from typer.testing import CliRunner

from deploy import cli, database, secrets
from deploy.broker.durables import of_service
from deploy.broker.server_settings import ADMIN, permissions, read_settings
from deploy.federation.broker.from_secrets import prepare_start, write_broker
from deploy.federation.federation_error import FederationError
from deploy.federation.membership.hub import Hub
from deploy.federation.membership.region import Region
from deploy.federation.membership.settings_check import check_settings, public_keys
from deploy.federation.store.membership_store import Folder
from deploy.services import NAMES, owners
from shared import settings
from shared.messaging.reader_requests import PROCESS
from shared.settings import Settings
from tests.servers import Databases, run

Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """`write("admin_nats_password", "secret")`: into the folder where the jobs look."""
    monkeypatch.setattr(settings, "SECRETS", tmp_path)

    def one(name: str, content: str) -> None:
        (tmp_path / name).write_text(content)

    return one


def test_a_service_reads_from_files_what_its_environment_does_not_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "STEWARD_NATS_PASSWORD").write_text("from the file\n")
    (tmp_path / "STEWARD_SUBJECT_PEPPER").write_text("pepper")
    monkeypatch.setenv("STEWARD_SUBJECT_PEPPER", "said aloud")
    read = Settings(service="planning", _secrets_dir=tmp_path)
    assert (read.nats_password, read.subject_pepper) == ("from the file", "said aloud")


def test_settings_of_a_service_and_of_the_administrator(write: Write):
    write("planning_database_url", "postgresql://steward_planning:p@db/steward\n")
    write("planning_nats_password", "one")
    write("admin_nats_password", "two")
    planning, admin = secrets.settings_of("planning"), secrets.settings_of(ADMIN)
    assert planning is not None
    assert admin is not None
    assert planning.database_url == "postgresql://steward_planning:p@db/steward"
    assert (planning.nats_user, planning.nats_password) == ("planning", "one")
    assert (admin.nats_user, admin.nats_password, admin.database_url) == (ADMIN, "two", "")
    assert secrets.settings_of("registry") is None


def test_a_secret_that_is_missing_is_named(write: Write):
    with pytest.raises(secrets.SecretMissing, match="admin_database_url"):
        run(secrets.create_roles())
    write("admin_database_url", "\n")
    with pytest.raises(secrets.SecretMissing, match="admin_database_url"):
        run(secrets.create_roles())


@pytest.fixture
def urls(databases: Databases, write: Write) -> dict[str, str]:
    """URLs of every owner in a database that is not there yet, as secrets."""
    admin, name = databases.server.url(), f"instance_{uuid4().hex[:8]}"
    found = {service: database.service_url(admin, name, service, f"{service}-secret") for service in owners()}
    write("admin_database_url", admin)
    for service, url in found.items():
        write(f"{service}_database_url", url)
    return found


def test_roles_and_schemas_are_made_from_the_urls_and_again(urls: dict[str, str]):
    for _ in range(2):
        run(secrets.create_roles())
        for service, url in urls.items():
            run(database.migrate(service, url))

    async def tables(url: str) -> set[str]:
        connection = await asyncpg.connect(url)
        try:
            return {
                row["schemaname"] for row in await connection.fetch("select schemaname from pg_tables")
            } - {
                "pg_catalog",
                "information_schema",
            }
        finally:
            await connection.close()

    assert run(tables(urls["planning"])) >= {"planning"}


def test_a_url_of_another_role_is_refused(urls: dict[str, str], write: Write):
    write("planning_database_url", urls["registry"])
    with pytest.raises(secrets.SecretMissing, match="planning_database_url must hold steward_planning"):
        run(secrets.create_roles())


def test_the_brokers_configuration_has_every_user_with_the_permissions_of_the_code(
    write: Write, tmp_path: Path
):
    for user in (*NAMES, ADMIN):
        write(f"{user}_nats_password", f"{user}-secret")
    path = tmp_path / "nats.conf"
    write_broker(path, "north")
    assert path.stat().st_mode & 0o077 == 0
    written = path.read_text()
    for user in (*NAMES, ADMIN):
        assert f'"password": "{user}-secret"' in written
    for subject in permissions("north", "planning", of_service("planning"))["publish"]["allow"]:
        assert f'"{subject}"' in written
    assert '"http": "127.0.0.1:8222"' in written
    assert "leafnodes" not in written
    Hub(Folder(tmp_path / "federation")).init("hub", ["hub.example.org"], 7422)
    write_broker(path, "hub", tmp_path / "federation")
    linked = read_settings(path)
    assert linked["leafnodes"]["listen"] == "0.0.0.0:7422"
    (gateway,) = [user for user in linked["accounts"]["STEWARD"]["users"] if user.get("user") == "gateway"]
    assert "$JS.API.CONSUMER.LIST.NATIONAL" in gateway["permissions"]["publish"]["allow"]


def test_public_keys_of_a_region_are_printed_and_others_are_refused(tmp_path: Path):
    hub, region = Hub(Folder(tmp_path / "hub")), Region(Folder(tmp_path / "north"))
    hub.init("hub", ["hub.example.org"], 7422)
    region.join(hub.add(region.request("north")))
    keys = public_keys(region.folder)
    printed = CliRunner().invoke(cli.app, ["federation", "keys", "--folder", str(region.folder.path)])
    assert printed.output.split() == [f"STEWARD_{name.upper()}={key}" for name, key in keys.items()]
    own = Settings(service=ADMIN, instance="north", federation="region", **keys)
    check_settings(region.folder, own)
    check_settings(region.folder, own.model_copy(update=dict.fromkeys(keys, "")))  # nobody has to state them
    with pytest.raises(FederationError, match=f"STEWARD_SEALING_KEY={keys['sealing_key']}$"):
        check_settings(region.folder, own.model_copy(update={"sealing_key": f"age1{'q' * 58}"}))
    assert public_keys(hub.folder) == {}


def test_a_server_starts_with_a_sound_file_of_readers_and_a_hub_with_both_system_users(
    write: Write, tmp_path: Path
):
    for user in (*NAMES, ADMIN, PROCESS):
        write(f"{user}_nats_password", f"{user}-secret")
    Hub(Folder(tmp_path / "federation")).init("hub", ["hub.example.org"], 7422)
    path, included = tmp_path / "broker" / "nats.conf", tmp_path / "steward-readers" / "readers.conf"
    for folder in (path.parent, included.parent):
        folder.mkdir()
    included.write_text("STEWARD: {}")
    prepare_start(path, "hub", tmp_path / "federation")
    assert included.read_text() == ""
    assert included.with_name("readers.conf.broken").read_text() == "STEWARD: {}"
    accounts = read_settings(path)["accounts"]
    assert next(iter(accounts)) == "include"  # before all others, which it cannot replace
    assert accounts["include"] == "../steward-readers/readers.conf"
    assert [user["user"] for user in accounts["SYS"]["users"]] == ["readers-system", "system"]


def test_settings_that_the_federation_folder_does_not_ask_for_are_named(tmp_path: Path):
    folder = Folder(tmp_path / "federation")
    alone = Settings(service=ADMIN, instance="north")
    check_settings(folder, alone)
    with pytest.raises(FederationError, match="steward federation init --hub"):
        check_settings(folder, Settings(service=ADMIN, federation="hub"))
    with pytest.raises(FederationError, match="steward federation join"):
        check_settings(folder, Settings(service=ADMIN, federation="region"))
    Hub(folder).init("hub", ["hub.example.org"], 7422)
    with pytest.raises(FederationError, match=r"STEWARD_FEDERATION=hub STEWARD_INSTANCE=hub$"):
        check_settings(folder, alone)
    hub = Settings(service=ADMIN, instance="hub", federation="hub")
    check_settings(folder, hub)
    folder.restored()
    with pytest.raises(FederationError, match=r": STEWARD_EPOCH=2$"):
        check_settings(folder, hub)
