"""What a hub or region is made of: hosts, ports, folders, certificates and keys that fit each other."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from deploy.federation.broker.leaf_configuration import of_hub, of_region
from deploy.federation.federation_error import FederationError
from deploy.federation.membership.hub import Hub
from deploy.federation.membership.names import listening, url
from deploy.federation.membership.region import Region
from deploy.federation.store.membership_store import Folder
from tests.federation.folders import HOST, refused, stored
from tests.federation.ministry import Ministry


@pytest.mark.parametrize(
    "host",
    [
        "",
        "hub example",
        "hub.example.org:7422",
        "https://hub.example.org",
        "tls://*",
        "*",
        "-hub",
        "h" * 300,
        ".".join(["h" * 50] * 6),
        "hüb.example.org",
        "10.0.0",
        "0.0.0.0",
        "::",
        "fe80::1%eth0",
        "hub.example.org\n",
    ],
)
def test_a_host_that_no_region_could_call_is_refused(tmp_path: Path, host: str) -> None:
    folder = Folder(tmp_path / "hub")
    with pytest.raises(FederationError) as error:
        Hub(folder).init("hub", ["hub.example.org", host], 7422)
    refused(error, "--host")
    assert stored(folder) == {}


def test_a_hub_without_hosts_with_another_port_or_name_is_refused(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "hub")
    for name, hosts, port, words in (
        ("hub\n", [HOST], 7422, "no instance name"),
        ("hub", [], 7422, "--host"),
        ("hub", [HOST], 99_999, "--port"),
        ("hub", [HOST], -1, "--port"),
        ("hub", [HOST], 0, "--port"),
    ):
        with pytest.raises(FederationError) as error:
            Hub(folder).init(name, hosts, port)
        refused(error, words)
    assert stored(folder) == {}


def test_an_ipv6_address_is_called_in_brackets_and_listened_on(tmp_path: Path, north: Region) -> None:
    hub = Hub(Folder(tmp_path / "six"))
    hub.init("hub", ["::1", HOST], 7422)
    welcome = hub.add(north.request("north"))
    assert welcome["url"] == url("::1", 7422) == "tls://[::1]:7422"
    north.join(welcome)
    assert of_hub(hub)[0]["leafnodes"]["listen"] == "[::]:7422"
    assert listening([HOST, "10.0.0.1"], 7422) == "0.0.0.0:7422"


def test_a_folder_is_a_hubs_or_a_regions(hub: Hub, north: Region, tmp_path: Path) -> None:
    welcome = hub.add(north.request("north"))
    north.join(welcome)
    before = stored(hub.folder), stored(north.folder)
    with pytest.raises(FederationError, match="is a region's folder"):
        Hub(north.folder).init("hub", [HOST], 7422)
    with pytest.raises(FederationError, match="is a hub's folder"):
        Region(hub.folder).request("north")
    with pytest.raises(FederationError, match="is a hub's folder"):
        Region(hub.folder).join(welcome)
    assert (stored(hub.folder), stored(north.folder)) == before


def test_a_ministrys_own_certificates_are_taken_where_they_fit(tmp_path: Path, north: Region) -> None:
    ministry, hub = Ministry(tmp_path / "tls"), Hub(Folder(tmp_path / "own"))
    hub.init("hub", [HOST], 7422, ministry.signed("hub"))
    welcome = hub.add(north.request("north"))
    assert "certificate" not in welcome
    before = stored(north.folder)
    with pytest.raises(FederationError, match="clientAuth"):
        north.join(welcome, ministry.signed("as server", number=2, usage=ExtendedKeyUsageOID.SERVER_AUTH))
    assert stored(north.folder) == before
    north.join(welcome, ministry.signed("north", number=2, usage=ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE))
    assert north.hub() == "hub"


def test_certificates_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    ministry, folder = Ministry(tmp_path / "tls"), Folder(tmp_path / "own")
    good, other = ministry.signed("hub"), ministry.signed("other", number=2)
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")
    for given, words in (
        (replace(good, key=other.key), "--key"),
        (replace(good, key=str(nonsense)), "private key"),
        (replace(good, key=str(tmp_path / "none.pem")), "cannot be read"),
        (replace(good, certificate=str(nonsense)), "no certificate"),
        (replace(good, authority=good.certificate), "may not sign"),
        (replace(good, authority=str(nonsense)), "no certificate"),
        (ministry.signed("elsewhere", host="elsewhere.example.org"), "--host"),
        (ministry.signed("old", days=-3), "ended on"),
        (ministry.signed("as client", usage=ExtendedKeyUsageOID.CLIENT_AUTH), "serverAuth"),
    ):
        with pytest.raises(FederationError) as error:
            Hub(folder).init("hub", [HOST], 7422, given)
        refused(error, words)
    made = Hub(Folder(tmp_path / "made"))
    made.init("made", [HOST], 7422)
    foreign = replace(good, authority=str(made.folder.file("authority.pem")))
    with pytest.raises(FederationError, match="not the authority's"):
        Hub(folder).init("hub", [HOST], 7422, foreign)
    assert stored(folder) == {}


def test_a_region_with_a_ministrys_rsa_key_is_restored_and_asks_again(tmp_path: Path, north: Region) -> None:
    """The key of its request stays: what it signs with is not what its link proves itself with."""
    ministry, hub = Ministry(tmp_path / "tls"), Hub(Folder(tmp_path / "own"))
    hub.init("hub", [HOST], 7422, ministry.signed("hub"))
    given = ministry.signed("north", number=2)
    north.join(hub.add(north.request("north")), given)
    assert north.restored() == 2
    asked = north.request("north")
    assert asked["epoch"] == 2
    north.join(hub.add(asked), given)
    tls = of_region(north)[0]["leafnodes"]["remotes"][0]["tls"]
    assert Path(tls["key_file"]).read_bytes() == Path(given.key).read_bytes()
    assert Path(tls["cert_file"]).read_bytes() == Path(given.certificate).read_bytes()


def test_a_region_that_cannot_ask_keeps_its_epoch(hub: Hub, north: Region) -> None:
    north.join(hub.add(north.request("north")))
    north.folder.write("link-key.pem", b"damaged")
    before = stored(north.folder)
    with pytest.raises(FederationError, match="link-key"):
        north.restored()
    assert stored(north.folder) == before


def test_keys_that_others_know_are_not_made_anew(hub: Hub, north: Region, tmp_path: Path) -> None:
    request = north.request("north")
    assert north.request("north")["nkey"] == request["nkey"]
    for folder, again in (
        (hub.folder, lambda: hub.add(request)),
        (north.folder, lambda: north.request("north")),
    ):
        folder.file("keys.json").unlink()
        before = stored(folder)
        with pytest.raises(FederationError, match="put it back"):
            again()
        assert stored(folder) == before
