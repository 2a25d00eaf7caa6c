"""A service that lacks a setting says so in one line, and what it holds is not quoted."""

import json
import os
import subprocess
import sys

import pytest

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
    [("PORT", "secret"), ("INSTANCE", "secret!"), ("TRACE_RATIO", "7"), ("MODE", "secret")],
)
def test_what_is_wrong_is_named_and_not_quoted(given, setting, value):
    given(DATABASE_URL=URL, **IDENTITY, **{setting: value})
    said = refusal("planning")
    assert f"STEWARD_{setting}" in said
    assert "secret" not in said
    assert "\n" not in said


def test_services_that_are_no_json_are_named(given):
    given(MODE="local", SERVICES="planning=http://secret")
    said = refusal("gateway")
    assert "services" in said
    assert "secret" not in said


def test_enough_is_enough(given):
    given(DATABASE_URL=URL, **IDENTITY)
    assert from_environment("planning") == Settings(service="planning")


def test_a_service_without_its_database_ends_with_2_and_one_line(given):
    given(MODE="local")
    done = subprocess.run(
        [sys.executable, "-m", "shared.serve", "planning"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (line["service"], line["level"]) == ("planning", "critical")
    assert line["message"] == "STEWARD_DATABASE_URL must be set; see docs/operate/settings.md"
