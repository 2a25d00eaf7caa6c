"""A service that lacks a setting says so in one line, and what it holds is not quoted."""

import json
import os
import subprocess
import sys

import pytest

from deploy.data_folder.settings import LocalSettings
from shared.settings import Settings, Unset, from_environment

URL = "postgresql://planning:secret@127.0.0.1:9/none"
IDENTITY = {
    "OIDC_ISSUER": "https://id.example",
    "OIDC_JWKS_URL": "https://id.example/keys",
    "SUBJECT_PEPPER": "p",
}


@pytest.fixture
def given(monkeypatch):
    """`given(PORT="1")`: only these settings are in the environment."""
    for name in [name for name in os.environ if name.startswith("STEWARD_")]:
        monkeypatch.delenv(name)

    def give(**settings: str) -> None:
        for name, value in settings.items():
            monkeypatch.setenv(f"STEWARD_{name}", value)

    return give


def refusal(service: str) -> str:
    with pytest.raises(Unset) as refused:
        from_environment(service)
    return str(refused.value)


@pytest.mark.parametrize(
    ("service", "settings", "named"),
    [
        ("planning", {"MODE": "local"}, ["DATABASE_URL"]),
        ("gateway", {"MODE": "local"}, ["SERVICES"]),
        ("planning", IDENTITY, ["DATABASE_URL"]),
        ("planning", {"DATABASE_URL": URL}, ["OIDC_ISSUER", "OIDC_JWKS_URL", "SUBJECT_PEPPER"]),
    ],
)
def test_what_is_missing_is_named(given, service, settings, named):
    given(**settings)
    expected = ", ".join(f"STEWARD_{name}" for name in named)
    assert refusal(service) == f"{expected} must be set; see docs/operate/settings.md"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("PORT", "secret"),
        ("INSTANCE", "secret!"),
        ("TRACE_RATIO", "7"),
        ("MODE", "secret"),
        ("TIME_ZONE", "Secret/secret"),
        ("TIME_ZONE", "../secret"),
        ("TIME_ZONE", ""),
    ],
)
def test_what_is_wrong_is_named_and_not_quoted(given, setting, value):
    given(DATABASE_URL=URL, **IDENTITY, **{setting: value})
    said = refusal("planning")
    assert f"STEWARD_{setting}" in said
    assert "secret" not in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("setting", "value", "why"),
    [
        ("PORT", "99999", "65535"),
        ("TRACE_RATIO", "half", "number"),
        ("DATABASE_URL", "mysql://u:secret@db/x", "must begin with postgresql:// or postgres://"),
        ("DATABASE_URL", "u:secret@db/x", "must begin with postgresql://"),
        ("DATABASE_URL", "postgresql://u:secret@db:99999/x", "no address with a host and a port"),
        ("NATS_URL", "nats://a:4222,redis://secret:1", "must begin with nats://"),
        ("OTLP_ENDPOINT", "secret:4318", "must begin with https://"),
        ("OIDC_JWKS_URL", "https://", "no address with a host"),
        ("STATEMENT_TIMEOUT", "-1", "greater than 0"),
    ],
)
def test_what_cannot_be_is_one_line_that_says_why(given, setting, value, why):
    given(**{"DATABASE_URL": URL} | IDENTITY | {setting: value})
    said = refusal("planning")
    assert said.startswith(f"STEWARD_{setting}: ")
    assert why in said
    assert "secret" not in said
    assert "\n" not in said


def test_a_misspelt_setting_is_said_with_the_one_that_is_meant(given):
    given(**{"DATABASE_URL": URL, "TIMEZONE": "Africa/Nairobi", "RELASE_DAY": "3"} | IDENTITY)
    assert refusal("planning") == (
        "STEWARD_RELASE_DAY is no setting, STEWARD_RELEASE_DAY is; "
        "STEWARD_TIMEZONE is no setting, STEWARD_TIME_ZONE is"
    )


def test_variables_of_the_local_stack_and_of_kubernetes_are_no_mistakes(given):
    local = {f"LOCAL_{name.upper()}": "1" for name in (*LocalSettings.model_fields, *Settings.model_fields)}
    pods = {
        "REGISTRY_SERVICE_HOST": "10.0.0.1",
        "GATEWAY_PORT_8080_TCP": "tcp://10.0.0.2:8080",
        "TOKEN": "a.b.c",
    }
    given(**{"DATABASE_URL": URL} | IDENTITY | local | pods)
    assert from_environment("planning").database_url == URL


def test_several_hosts_of_one_database_are_an_address(given):
    url = "postgresql://planning:a,b@one:5432,two:5432/none"
    given(**{"DATABASE_URL": url} | IDENTITY)
    assert from_environment("planning").database_url == url


def test_an_unknown_service_is_one_line(given):
    given(MODE="local")
    done = subprocess.run(
        [sys.executable, "-m", "shared.server", "plannning"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "There is no service 'plannning'. Services: assessment, evaluation," in done.stderr


def test_services_that_are_no_json_are_named(given):
    given(MODE="local", SERVICES="planning=http://secret")
    said = refusal("gateway")
    assert "services" in said
    assert "secret" not in said


def test_a_time_zone_is_one_of_the_iana_database(given):
    given(DATABASE_URL=URL, **IDENTITY, TIME_ZONE="Africa/Nairobi")
    assert from_environment("planning").time_zone == "Africa/Nairobi"
    given(TIME_ZONE="EAT")
    assert "IANA" in refusal("planning")


def test_enough_is_enough(given):
    given(DATABASE_URL=URL, **IDENTITY)
    assert from_environment("planning") == Settings(service="planning")


def test_a_service_without_its_database_ends_with_2_and_one_line(given):
    given(MODE="local")
    done = subprocess.run(
        [sys.executable, "-m", "shared.server", "planning"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (line["service"], line["level"]) == ("planning", "critical")
    assert line["message"] == "STEWARD_DATABASE_URL must be set; see docs/operate/settings.md"
