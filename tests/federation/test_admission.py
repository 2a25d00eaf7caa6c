"""What is admitted: a request or welcome with one bad field stops with one line, and nothing was stored."""

from pathlib import Path
from typing import Any

import pytest

from deploy.federation.federation_error import FederationError
from deploy.federation.membership.enrolment import REQUEST, WELCOME, signed
from deploy.federation.membership.hub import SUSPENDED, Hub
from deploy.federation.membership.region import Region
from deploy.federation.pki.authority import Authority, new_key, signing_request
from deploy.federation.pki.keys import Keys
from deploy.federation.store.membership_store import Folder
from tests.federation.folders import HOST, refused, stored

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
        hub.add(signed({**north.request("north"), field: bad}, north.folder.keys(), REQUEST))
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
    ("epoch", 0, "$.epoch"),
]


@pytest.mark.parametrize(("field", "bad", "words"), WELCOMES)
def test_a_welcome_with_a_bad_field_is_refused(
    hub: Hub, north: Region, field: str, bad: object, words: str
) -> None:
    welcome = hub.add(north.request("north"))
    before = stored(north.folder)
    with pytest.raises(FederationError) as error:
        north.join(signed({**welcome, field: bad}, hub.folder.keys(), WELCOME))
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
    changed = {**welcome, "region_nkey": request["nkey"]}
    with pytest.raises(FederationError, match="certificate: The key does not fit"):
        north.join(signed(changed, hub.folder.keys(), WELCOME))
    assert stored(north.folder) == before


def test_a_hub_with_another_key_than_the_one_joined_is_taken_only_when_it_is_said(
    hub: Hub, north: Region, tmp_path: Path
) -> None:
    north.join(hub.add(north.request("north")))
    other = Hub(Folder(tmp_path / "other"))
    other.init("hub", [HOST], 7422)
    welcome, before = other.add(north.request("north")), stored(north.folder)
    with pytest.raises(FederationError) as error:
        north.join(welcome)
    refused(error, "--another-hub")
    assert stored(north.folder) == before
    north.join(hub.add(north.request("north")))  # the same hub again
    north.join(welcome, another_hub=True)
    assert north.hub_nkey() == other.folder.keys().public


def test_nothing_in_a_request_can_be_changed_on_the_way(hub: Hub, north: Region) -> None:
    """Of it the nkey is compared on the telephone; the rest hangs on that."""
    request, stranger = north.request("north"), Keys.made()
    before = stored(hub.folder)
    changes: list[dict[str, Any]] = [
        {"box": stranger.public_box},
        {"epoch": 999_999},
        {"request": signing_request(new_key(), "north").decode()},
        {"more": True},
        {"signature": ""},
        {"signature": "zz"},
        {"signature": None},
        {"signature": signed(request, stranger, REQUEST)["signature"]},
        {"signature": signed(request, north.folder.keys(), WELCOME)["signature"]},
    ]
    for change in changes:
        with pytest.raises(FederationError) as error:
            hub.add({**request, **change})
        refused(error, "signature")
    with pytest.raises(FederationError, match="signature"):
        hub.add({name: value for name, value in request.items() if name != "signature"})
    assert stored(hub.folder) == before


def test_nothing_in_a_welcome_can_be_changed_on_the_way(hub: Hub, north: Region) -> None:
    welcome, stranger = hub.add(north.request("north")), Keys.made()
    before = stored(north.folder)
    other = Authority.made("hub")
    changes: list[dict[str, Any]] = [
        {"url": "tls://elsewhere.example.org:7422"},
        {"box": stranger.public_box},
        {"nkey": stranger.public},
        {"hub": "elsewhere"},
        {"epoch": 7},
        {"authority": other.certificate.decode()},
        {"signature": signed(welcome, stranger, WELCOME)["signature"]},
    ]
    for change in changes:
        with pytest.raises(FederationError) as error:
            north.join({**welcome, **change})
        refused(error, "signature")
    assert stored(north.folder) == before


def test_a_document_is_the_same_whoever_orders_its_fields(hub: Hub, north: Region) -> None:
    request = north.request("north")
    welcome = hub.add(dict(reversed(request.items())))
    north.join(dict(reversed(welcome.items())))
    assert north.hub_nkey() == hub.folder.keys().public
