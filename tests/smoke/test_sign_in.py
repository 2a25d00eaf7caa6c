"""Which tokens the smoke test takes, and who its people are."""

from pathlib import Path

import pytest

from deploy.data_folder.issuer import Issuer, stored_issuer
from deploy.smoke import place
from deploy.smoke.sign_in import NoSignIn, SignIn, by_files, by_issuer
from tests.shared.auth.issuers import LateIssuer

ISSUER = LateIssuer("real-1", "https://id.example.org")


def tokens(folder: Path, issuer: Issuer = ISSUER, manager: tuple[str, ...] = ("SMOKE",)) -> Path:
    """A folder with the three tokens that are needed."""
    (folder / "hris").write_text(issuer.token("hris", units=("SL",)) + "\n")
    (folder / "programme-manager").write_text(issuer.token("programme-manager", units=manager))
    (folder / "ops").write_text(issuer.token("ops"))
    return folder


def test_files_by_role(tmp_path: Path):
    found = by_files(tokens(tmp_path), "SMOKE")
    assert found.token("hris", (), "") == (tmp_path / "hris").read_text().strip()
    assert found.issuer == "https://id.example.org"
    assert found.leaders == ()


def test_a_leaders_sign_in_is_known_from_the_token(tmp_path: Path):
    (tokens(tmp_path) / "leader").write_text(ISSUER.token("leader", subject="ama"))
    assert by_files(tmp_path, "SMOKE").leaders == ("ama",)


@pytest.mark.parametrize("units", [("SL",), ("SMOKE", "SL"), ()])
def test_a_token_that_reaches_further_is_refused(units: tuple[str, ...], tmp_path: Path):
    with pytest.raises(NoSignIn, match="valid for SMOKE alone"):
        by_files(tokens(tmp_path, manager=units), "SMOKE")


def test_a_missing_token_is_named(tmp_path: Path):
    (tokens(tmp_path) / "ops").unlink()
    with pytest.raises(NoSignIn, match="ops"):
        by_files(tmp_path, "SMOKE")


def test_what_is_no_token_is_refused(tmp_path: Path):
    (tokens(tmp_path) / "programme-manager").write_text("hello")
    with pytest.raises(NoSignIn, match="cannot be read"):
        by_files(tmp_path, "SMOKE")


def test_a_folder_without_a_key_is_refused_and_stays_without_one(tmp_path: Path):
    with pytest.raises(NoSignIn, match=r"issuer\.pem"):
        by_issuer(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_with_a_key_everybody_signs_in(tmp_path: Path):
    stored_issuer(tmp_path)
    found = by_issuer(tmp_path)
    country = place.people(found)
    assert place.signs_in(country, found) == {post.key for post in country.posts}
    assert len(country.posts) == 12


def test_only_holders_of_tokens_get_a_sign_in():
    only_ama = SignIn(lambda *_: "", "https://id.example.org", ("ama",))
    country = place.people(only_ama)
    assert [post.person.subject for post in country.posts] == ["ama", *[""] * 11]
    assert len(place.signs_in(country, only_ama)) == 1


def test_people_are_the_same_in_every_run():
    everybody = SignIn(lambda *_: "", "https://id.example.org", None)
    assert place.people(everybody) == place.people(everybody)
