"""What is admitted: a request or welcome with one bad field stops with one line, and nothing was stored."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy.federation.folder import FederationError, Folder
from deploy.federation.hub import SUSPENDED, Hub
from deploy.federation.names import listening, url
from deploy.federation.region import Region
from tests.federation.signed import Ministry

HOST = "hub.example.org"


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    made = Hub(Folder(tmp_path / "hub"))
    made.init("hub", [HOST], 7422)
    return made


@pytest.fixture
def north(tmp_path: Path) -> Region:
    return Region(Folder(tmp_path / "north"))


def stored(folder: Folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.path.iterdir()} if folder.path.exists() else {}


def refused(error: pytest.ExceptionInfo[FederationError], words: str) -> None:
    assert words in str(error.value)
    assert "\n" not in str(error.value)


REQUESTS: list[tuple[str, Any, str]] = [
    ("nkey", "UNONSENSE", "nkey: "),
    ("nkey", "", "nkey: "),
    ("nkey", "U" + "A" * 55, "nkey: "),
    ("nkey", None, "$.nkey"),
    ("box", "zz", "box: "),
    ("box", "0" * 64, "box: "),
    ("box", 12, "$.box"),
    ("epoch", -3, "$.epoch"),
    ("epoch", 0, "$.epoch"),
    ("epoch", 1_000_000, "$.epoch"),
    ("epoch", 1e23, "$.epoch"),
    ("epoch", float("inf"), "$.epoch"),
    ("epoch", True, "$.epoch"),
    ("epoch", "2", "$.epoch"),
    ("region", "north\n", "no instance name"),
    ("region", "hub", "it is the hub's"),
    ("region", "n" * 33, "no instance name"),
    ("region", ["north"], "$.region"),
    ("request", "nonsense", "request: "),
    ("request", "\ud800", "no request"),
]


@pytest.mark.parametrize(("field", "bad", "words"), REQUESTS)
def test_a_request_with_a_bad_field_is_refused(
    hub: Hub, north: Region, field: str, bad: object, words: str
) -> None:
    before = stored(hub.folder)
    with pytest.raises(FederationError) as error:
        hub.add({**north.request("north"), field: bad})
    refused(error, words)
    assert stored(hub.folder) == before


def test_a_key_has_one_name(hub: Hub, north: Region, tmp_path: Path) -> None:
    """A suspended region does not come back under another name, nor as its hub."""
    hub.add(north.request("north"))
    hub.set_state("north", SUSPENDED)
    before = stored(hub.folder)
    with pytest.raises(FederationError, match="nkey: it is north's already"):
        hub.add(north.request("east"))
    borrowed = Folder(tmp_path / "borrowed")
    borrowed.keep("keys.json", hub.folder.document("keys.json"))
    with pytest.raises(FederationError, match="nkey: it is hub's already"):
        hub.add(Region(borrowed).request("east"))
    assert stored(hub.folder) == before


WELCOMES: list[tuple[str, Any, str]] = [
    ("hub", "*", "no instance name"),
    ("hub", ">\n", "no instance name"),
    ("hub", "north", "hub: "),
    ("url", "tls://hub.example.org", "url: "),
    ("url", "https://hub.example.org:7422", "url: "),
    ("url", "tls://*:7422", "url: "),
    ("url", "tls://hub.example.org:99999", "url: "),
    ("url", "tls://hub.example.org:7422\n", "url: "),
    ("nkey", "UNONSENSE", "nkey: "),
    ("box", "zz", "box: "),
    ("authority", "x", "authority is no certificate"),
    ("certificate", "x", "certificate: "),
    ("certificate", None, "give --certificate"),
    ("region", None, "$.region"),
]


@pytest.mark.parametrize(("field", "bad", "words"), WELCOMES)
def test_a_welcome_with_a_bad_field_is_refused(
    hub: Hub, north: Region, field: str, bad: object, words: str
) -> None:
    welcome = hub.add(north.request("north"))
    before = stored(north.folder)
    with pytest.raises(FederationError) as error:
        north.join({**welcome, field: bad})
    refused(error, words)
    assert stored(north.folder) == before


def test_a_welcome_for_another_key_of_the_same_name_is_refused(
    hub: Hub, north: Region, tmp_path: Path
) -> None:
    other = Region(Folder(tmp_path / "other"))
    welcome, request = hub.add(other.request("north")), north.request("north")
    before = stored(north.folder)
    with pytest.raises(FederationError, match="answers another request"):
        north.join(welcome)
    with pytest.raises(FederationError, match="certificate: The key does not fit"):
        north.join({**welcome, "region_nkey": request["nkey"]})
    assert stored(north.folder) == before


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
    assert hub.server()[0]["leafnodes"]["listen"] == "[::]:7422"
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
    north.join(welcome, ministry.signed("north", number=2))
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
    tls = north.server()[0]["leafnodes"]["remotes"][0]["tls"]
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
