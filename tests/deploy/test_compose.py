"""docker-compose.yml by reading it: who may do, see and use what. `.ci/run` starts it."""

import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from deploy import cli
from deploy.services import NAMES
from shared.settings import Settings

ROOT = Path(__file__).parents[2]
PREPARE = ROOT / "deploy" / "compose" / "prepare.sh"
LOCAL_STACK = {"STEWARD_LOCAL_FOLDER"}


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / name).read_text())
    return content


COMPOSE = read("docker-compose.yml")
LOCAL = read("docker-compose.local.yml")
LINKED = {kind: read(f"docker-compose.{kind}.yml") for kind in ("hub", "region")}
CONTAINERS = COMPOSE["services"]
OURS = {**CONTAINERS, **{name: LOCAL["services"][name] for name in ("issuer", "smoke")}}
SERVERS = ("postgres", "nats", *NAMES)


def secrets_of(name: str) -> dict[str, str]:
    """Secret by the name of its file in the container."""
    used = CONTAINERS[name].get("secrets", [])
    return dict((one, one) if isinstance(one, str) else (one["target"], one["source"]) for one in used)


@pytest.mark.parametrize("name", OURS)
def test_nothing_can_be_written_or_gained(name: str):
    one = OURS[name]
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in one["security_opt"]
    assert "privileged" not in one


@pytest.mark.parametrize("name", SERVERS)
def test_servers_start_again_within_limits_and_say_how_they_are(name: str):
    one = CONTAINERS[name]
    assert one["restart"] == "unless-stopped"
    assert one["mem_limit"]
    assert one["healthcheck"]["test"]


def test_only_the_gateway_is_published_and_on_loopback_alone():
    published = {name: one["ports"] for name, one in CONTAINERS.items() if one.get("ports")}
    assert {name for name in published if "profiles" not in CONTAINERS[name]} == {"gateway"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_postgres_and_nats_have_no_way_out():
    assert COMPOSE["networks"]["data"]["internal"] is True
    assert all(
        CONTAINERS[name]["networks"] == ["data"] for name in ("postgres", "nats", "migrate", "provision")
    )


@pytest.mark.parametrize("service", NAMES)
def test_a_service_has_its_own_secrets_only(service: str):
    expected = {
        "STEWARD_NATS_PASSWORD": f"{service}_nats_password",
        "STEWARD_SUBJECT_PEPPER": "subject_pepper",
    }
    if service != "gateway":
        expected["STEWARD_DATABASE_URL"] = f"{service}_database_url"
    assert secrets_of(service) == expected


def test_environments_name_settings_and_hold_no_secret():
    known = {f"STEWARD_{field.upper()}" for field in Settings.model_fields} | LOCAL_STACK
    for name in (*NAMES, "broker", "migrate", "provision", "federation"):
        added = LOCAL["services"].get(name, {}).get("environment", {})
        given = {**CONTAINERS[name]["environment"], **added}
        assert given.keys() <= known
        assert not given.keys() & {"STEWARD_DATABASE_URL", "STEWARD_NATS_PASSWORD", "STEWARD_SUBJECT_PEPPER"}


def test_keys_are_written_by_one_command_and_read_by_broker_and_jobs_alone():
    mounted = {
        name: [volume for volume in one.get("volumes", ()) if volume.startswith("federation:")]
        for name, one in CONTAINERS.items()
    }
    place = "federation:/var/lib/steward/federation"
    assert mounted.pop("federation") == [place]
    assert {name for name, volumes in mounted.items() if volumes} == {"nats", "broker", "provision"}
    assert all(volumes in ([], [f"{place}:ro"]) for volumes in mounted.values())
    assert CONTAINERS["federation"]["profiles"] == ["federation"]  # runs when it is asked to, not at `up`


def test_nats_starts_again_when_its_configuration_is_of_another_version_or_epoch():
    assert CONTAINERS["nats"]["depends_on"]["broker"]["restart"] is True
    assert "STEWARD_EPOCH" in CONTAINERS["broker"]["environment"]


@pytest.mark.parametrize("kind", LINKED)
def test_a_link_gives_nats_alone_a_way_out_and_says_to_everybody_what_they_are(kind: str):
    services = dict(LINKED[kind]["services"])
    assert services.pop("nats")["networks"] == ["data", "link"]
    assert not LINKED[kind]["networks"]["link"]
    said = {name: {"STEWARD_FEDERATION": kind} for name in (*NAMES, "broker", "provision")}
    if kind == "region":  # whose keys registry states to the hub
        said["registry"] |= {key: f"${{{key}:-}}" for key in ("STEWARD_SEALING_KEY", "STEWARD_SIGNING_KEY")}
    assert services == {name: {"environment": environment} for name, environment in said.items()}


def test_a_hub_publishes_the_port_of_the_link_and_a_region_nothing():
    (port,) = LINKED["hub"]["services"]["nats"]["ports"]
    assert port == "${LINK_ADDRESS:-127.0.0.1}:${LINK_PORT:-7422}:${LINK_PORT:-7422}"
    assert "ports" not in LINKED["region"]["services"]["nats"]


@pytest.mark.parametrize("name", [name for name in OURS if OURS[name].get("command", [""])[0] == "steward"])
def test_jobs_call_the_command_as_it_is(name: str):
    _, command, *arguments = OURS[name]["command"]
    get_command(cli.app).commands[command].make_context(command, arguments)


def prepare(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", str(PREPARE), *arguments], capture_output=True, text=True, check=False)


def test_preparing_makes_every_secret_once(tmp_path: Path):
    folder = tmp_path / "instance"
    assert prepare("--folder", str(folder)).returncode == 0
    made = {path.name: path.read_text() for path in (folder / "secrets").iterdir()}
    assert made.keys() == COMPOSE["secrets"].keys()
    assert all(len(content) >= 48 for content in made.values())
    assert len(set(made.values())) == len(made)
    assert stat.S_IMODE((folder / "secrets").stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "env").stat().st_mode) == 0o600
    (folder / "secrets" / "subject_pepper").unlink()
    assert "kept" in prepare("--folder", str(folder)).stdout
    again = {path.name: path.read_text() for path in (folder / "secrets").iterdir()}
    assert {name for name in made if made[name] != again[name]} == {"subject_pepper"}


def test_a_real_issuer_leaves_local_mode_out(tmp_path: Path):
    assert (
        prepare("--folder", str(tmp_path), "--issuer", "https://id", "--keys", "https://id/keys").returncode
        == 0
    )
    said = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
    assert said["COMPOSE_FILE"] == "docker-compose.yml"
    assert (said["STEWARD_OIDC_ISSUER"], said["STEWARD_OIDC_JWKS_URL"]) == ("https://id", "https://id/keys")
    assert CONTAINERS["gateway"]["environment"]["STEWARD_MODE"] == "production"


@pytest.mark.parametrize("issuer", [(), ("--issuer", "https://id", "--keys", "https://id/keys")])
@pytest.mark.parametrize("kind", LINKED)
def test_a_hub_or_region_is_started_with_its_own_file_too(issuer: tuple[str, ...], kind: str, tmp_path: Path):
    assert prepare("--folder", str(tmp_path), *issuer, "--federation", kind).returncode == 0
    said = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines() if "=" in line)
    assert said["COMPOSE_FILE"].endswith(f":docker-compose.{kind}.yml")
    assert said.get("LINK_ADDRESS") == ("127.0.0.1" if kind == "hub" else None)


@pytest.mark.parametrize(
    "wrong", [("--issuer", "https://id"), ("--keys",), ("--user", "me"), ("--federation", "alone")]
)
def test_what_makes_no_instance_is_refused(wrong: tuple[str, ...], tmp_path: Path):
    assert prepare("--folder", str(tmp_path), *wrong).returncode == 2
    assert not (tmp_path / "env").exists()
