"""Who belongs to a federation: requests, welcomes, suspension, removal; no private key travels."""

import json
from pathlib import Path

import pytest
from cryptography import x509

from deploy.broker.provision import streams
from deploy.federation.broker.configuration import hub_accounts, region_accounts
from deploy.federation.broker.leaf_configuration import of_hub
from deploy.federation.broker.streams import with_link
from deploy.federation.federation_error import FederationError
from deploy.federation.membership.enrolment import REQUEST, signed
from deploy.federation.membership.hub import ACTIVE, SUSPENDED, Hub
from deploy.federation.membership.region import Region
from deploy.federation.pki.authority import Authority, new_key, signing_request
from deploy.federation.pki.keys import Forged, Keys, sealed, verify
from deploy.federation.store.membership_store import Folder
from shared.federation.protocol import uplink


def test_a_region_joins_with_the_hubs_welcome(hub: Hub, north: Region) -> None:
    welcome = hub.add(north.request("north"))
    north.join(welcome)
    assert (north.hub(), north.uplink()) == ("hub", "UPLINK_north_1")
    assert [member.region for member in hub.members(active=True)] == ["north"]
    certificate = x509.load_pem_x509_certificate(north.folder.read("link.pem"))
    authority = x509.load_pem_x509_certificate(hub.folder.read("authority.pem"))
    certificate.verify_directly_issued_by(authority)


def test_nothing_that_travels_holds_a_private_key(hub: Hub, north: Region) -> None:
    request = north.request("north")
    travelling = json.dumps([request, hub.add(request)])
    for folder in (hub.folder, north.folder):
        keys = folder.keys()
        assert keys.seed not in travelling
        assert keys.box not in travelling
    assert "PRIVATE KEY" not in travelling


def test_what_is_private_is_for_its_user_alone(hub: Hub, north: Region) -> None:
    north.join(hub.add(north.request("north")))
    for folder in (hub.folder, north.folder):
        assert {path.stat().st_mode & 0o077 for path in folder.path.iterdir()} == {0}


def test_a_known_name_with_another_key_is_refused(hub: Hub, north: Region, tmp_path: Path) -> None:
    hub.add(north.request("north"))
    other = Region(Folder(tmp_path / "other"))
    with pytest.raises(FederationError, match="another key"):
        hub.add(other.request("north"))


def test_the_same_region_may_renew(hub: Hub, north: Region) -> None:
    request = north.request("north")
    hub.add(request)
    hub.set_state("north", SUSPENDED)
    hub.add(request)
    assert [member.region for member in hub.members(active=True)] == ["north"]


@pytest.mark.parametrize("name", ["hub", "North", "", "a.b", "*", ">", "north/../x"])
def test_a_name_that_no_subject_could_carry_is_refused(hub: Hub, north: Region, name: str) -> None:
    with pytest.raises(FederationError):
        hub.add(north.request(name))


def test_nonsense_is_refused(hub: Hub, north: Region) -> None:
    with pytest.raises(FederationError, match="no request"):
        hub.add({"region": "north"})
    north.request("north")
    with pytest.raises(FederationError, match="no welcome"):
        north.join({"hub": "hub"})
    with pytest.raises(FederationError, match="no member"):
        hub.set_state("nowhere", ACTIVE)


def test_a_welcome_for_another_region_is_refused(hub: Hub, north: Region, tmp_path: Path) -> None:
    south = Region(Folder(tmp_path / "south"))
    welcome = hub.add(south.request("south"))
    north.request("north")
    with pytest.raises(FederationError, match="for south"):
        north.join(welcome)


def test_a_request_signed_for_somebody_else_is_refused(hub: Hub, north: Region) -> None:
    request = north.request("north")
    changed = {**request, "request": signing_request(new_key(), "south").decode()}
    with pytest.raises(FederationError, match="not for north"):
        hub.add(signed(changed, north.folder.keys(), REQUEST))


def test_a_suspended_or_removed_region_has_no_user(hub: Hub, north: Region) -> None:
    hub.add(north.request("north"))
    hub.set_state("north", SUSPENDED)
    assert of_hub(hub)[1]["LINK_north"]["users"] == []
    hub.set_state("north", ACTIVE)
    assert len(of_hub(hub)[1]["LINK_north"]["users"]) == 1
    hub.set_state("north", SUSPENDED)
    expected = of_hub(hub)
    hub.set_state("north", ACTIVE)
    hub.remove("north")
    assert of_hub(hub) == expected


def test_a_restored_region_has_a_new_epoch_and_another_uplink(hub: Hub, north: Region) -> None:
    north.join(hub.add(north.request("north")))
    assert north.folder.restored() == 2
    assert north.uplink() == uplink("north", 2) == "UPLINK_north_2"
    hub.set_epoch("north", 2)
    assert "UPLINK_north_2" in str(of_hub(hub)[1])
    assert "UPLINK_north_1" not in str(of_hub(hub)[1])
    with pytest.raises(FederationError, match="epoch 2"):
        hub.set_epoch("north", 1)


def test_a_second_hub_in_the_same_folder_is_refused(hub: Hub) -> None:
    with pytest.raises(FederationError, match="already"):
        hub.init("hub", ["127.0.0.1"], 7422)


def test_a_regions_user_names_no_other_region(hub: Hub, north: Region, tmp_path: Path) -> None:
    hub.add(north.request("north"))
    hub.add(Region(Folder(tmp_path / "south")).request("south"))
    accounts = hub_accounts("hub", hub.members())
    assert "south" not in str(accounts["LINK_north"])
    assert "north" not in str(accounts["LINK_south"])


def test_the_link_knows_no_local_subject() -> None:
    accounts = region_accounts("north", "hub")
    subjects = str(accounts["LINK"])
    assert "local" not in subjects
    assert "INBOX" not in subjects
    assert "LOCAL" not in subjects
    assert "'>'" not in subjects


def test_nothing_leads_from_a_link_to_the_services(hub: Hub, north: Region) -> None:
    """No question, and of subjects the beat: whatever is said on the link ends where it ends."""
    hub.add(north.request("north"))
    ends = [region_accounts("north", "hub")["LINK"], hub_accounts("hub", hub.members())["LINK_north"]]
    taken = [one for end in ends for one in end.get("imports", [])]
    assert taken == [{"stream": {"account": "STEWARD", "subject": "_FED.beat.north"}}]


def test_signed_and_sealed_is_for_one_reader_by_one_writer() -> None:
    writer, reader, stranger = Keys.made(), Keys.made(), Keys.made()
    content = sealed(b"figures", reader.public_box)
    signature = writer.sign(content)
    verify(writer.public, content, signature)
    assert reader.opened(content) == b"figures"
    with pytest.raises(Forged):
        verify(stranger.public, content, signature)
    with pytest.raises(Forged):
        verify(writer.public, content[:-1] + bytes([content[-1] ^ 1]), signature)
    with pytest.raises(Forged):
        verify("UNONSENSE", content, signature)
    with pytest.raises(Forged):
        stranger.opened(content)


def test_an_authority_signs_for_the_name_that_was_asked_alone() -> None:
    authority = Authority.made("hub")
    with pytest.raises(ValueError, match="not for"):
        authority.client(signing_request(new_key(), "south"), "north")


def test_no_stream_of_the_services_is_filled_by_another_server(hub: Hub, north: Region) -> None:
    """A stream that sources another believes it: whoever speaks there could have anything published here."""
    north.join(hub.add(north.request("north")))
    for folder in (hub.folder, north.folder):
        for config in with_link(streams(instance="any"), folder.path):
            sources = config.sources or []
            assert config.mirror is None, config.name
            assert [source for source in sources if source.external] == [], config.name
            assert {source.name for source in sources} <= {"LOCAL", "UP", "DOWN"}, (
                "the feed's, of this server"
            )
