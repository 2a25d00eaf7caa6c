"""A hub's certificate renewed while it runs: the links that stand stay, those that come see the new one."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography import x509

from deploy.federation.federation_error import FederationError
from deploy.federation.membership.expiry import standing
from deploy.federation.membership.hub import Hub
from deploy.federation.membership.region import Region
from deploy.federation.pki import authority
from deploy.federation.pki.certificates import left
from deploy.federation.store.membership_store import Folder
from tests.federation import links
from tests.federation.beside import as_a_stack, command, refusal
from tests.federation.links import Place
from tests.federation.ministry import Ministry
from tests.servers import wait_for

HOST = "hub.example.org"


@pytest.fixture
async def linked(tmp_path: Path) -> AsyncIterator[tuple[Place, list[Place]]]:
    async with links.federation(tmp_path, "north") as (hub, regions):
        as_a_stack(hub)
        yield hub, regions


async def shown(hub: Place) -> int:
    """The number of the certificate that the hub shows to who calls now."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", hub.server.link_port, ssl=context)
    found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return x509.load_der_x509_certificate(found).serial_number


def number(folder: Folder) -> int:
    return x509.load_pem_x509_certificate(folder.read("server.pem")).serial_number


async def test_a_running_hub_shows_its_new_certificate_and_keeps_its_links(
    linked: tuple[Place, list[Place]],
) -> None:
    hub, (north,) = linked
    before = number(hub.federation)
    assert await shown(hub) == before
    said = await command(hub, "renew")
    assert said.stdout == "the certificate of hub is renewed\n"
    assert await shown(hub) == number(hub.federation) != before
    assert [member.region for member in Hub(hub.federation).members()] == ["north"]
    assert "Client Closed" not in north.server.log.read_text()
    linked_before = _links(north)
    await north.close()
    await north.start()
    await wait_for(lambda: _links(north) > linked_before, 30)


def _links(place: Place) -> int:
    return place.server.log.read_text().count("JetStream using domains")


async def test_another_address_asks_for_new_welcomes(tmp_path: Path) -> None:
    hub = Place.at(tmp_path / "hub", "hub")
    Hub(hub.federation).init("hub", [HOST], 7422)
    key = hub.federation.read("server-key.pem")
    assert "add each of them again" not in (await command(hub, "renew")).stdout
    said = await command(hub, "renew", "--host", "new.example.org", "--host", HOST, "--port", "7500")
    assert "listens on port 7500 from its next start" in said.stdout
    assert "add each of them again" in said.stdout
    names = x509.load_pem_x509_certificate(hub.federation.read("server.pem")).extensions
    found = names.get_extension_for_class(x509.SubjectAlternativeName).value
    assert found.get_values_for_type(x509.DNSName) == ["new.example.org", HOST]
    welcome = Hub(hub.federation).add(Region(Folder(tmp_path / "north")).request("north"))
    assert welcome["url"] == "tls://new.example.org:7500"
    assert hub.federation.read("server-key.pem") == key


async def test_what_cannot_be_renewed_stays(tmp_path: Path) -> None:
    ministry, hub = Ministry(tmp_path / "tls"), Place.at(tmp_path / "hub", "hub")
    Hub(hub.federation).init("hub", [HOST], 7422, ministry.signed("hub"))
    before = {path.name: path.read_bytes() for path in hub.federation.path.iterdir()}
    assert "give --certificate" in await refusal(hub, "renew")
    assert "--host" in await refusal(hub, "renew", "--host", "hub:7422")
    given = ministry.signed("hub", number=2)
    assert "together" in await refusal(hub, "renew", "--certificate", given.certificate)
    assert before == {path.name: path.read_bytes() for path in hub.federation.path.iterdir()}
    files = ("--certificate", given.certificate, "--key", given.key, "--authority", given.authority)
    await command(hub, "renew", *files)
    assert hub.federation.read("server.pem") == Path(given.certificate).read_bytes()
    nobody = Place.at(tmp_path / "nobody", "nobody")
    assert "There is no" in await refusal(nobody, "renew")


async def test_an_authority_without_its_key_signs_nothing(tmp_path: Path) -> None:
    hub = Place.at(tmp_path / "hub", "hub")
    Hub(hub.federation).init("hub", [HOST], 7422)
    hub.federation.write("authority-key.pem", authority.new_key())
    before = hub.federation.read("server.pem")
    assert "not the authority's" in await refusal(hub, "renew")
    assert hub.federation.read("server.pem") == before


def test_who_is_near_the_end_is_told_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub, region = Hub(Folder(tmp_path / "hub")), Region(Folder(tmp_path / "north"))
    assert list(standing(hub.folder)) == []
    hub.init("hub", [HOST], 7422)
    (line,) = standing(hub.folder)
    assert line == "certificate of this end of the link: 824 days left"
    monkeypatch.setattr(authority, "CERTIFICATE_DAYS", 59)
    hub.renew()
    region.join(hub.add(region.request("north")))
    (own,), (theirs,) = standing(hub.folder), standing(region.folder)
    assert own.endswith("58 days left: renew it: steward federation renew")
    assert "58 days left: renew it: steward federation join --name" in theirs


def test_what_is_out_of_date_is_said_to_be(tmp_path: Path) -> None:
    ministry, hub = Ministry(tmp_path / "tls"), Hub(Folder(tmp_path / "hub"))
    hub.init("hub", [HOST], 7422, ministry.signed("hub"))
    hub.folder.write("server.pem", Path(ministry.signed("hub", days=-3).certificate).read_bytes())
    (line,) = standing(hub.folder)
    assert "out of date since" in line
    assert left(hub.folder.read("server.pem")) < 0
    with pytest.raises(FederationError, match="ended on"):
        hub.renew(given=ministry.signed("hub", days=-3))
