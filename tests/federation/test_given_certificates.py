"""Certificates of a ministry's own authority instead of the hub's: real servers link by them, and by no others."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.federation.federation_error import FederationError
from deploy.federation.pki.certificates import Tls
from deploy.local.processes import StartError, free_port
from tests.federation.links import Place
from tests.federation.ministry import Ministry
from tests.servers import wait_for

UP = "steward.north.up.evaluation.indicator-computed.v1"
DOWN = "steward.hub.down.assessment.framework-published.v1"
SECONDS = 60


def command(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["federation", *map(str, arguments)])


def done(*arguments: str | Path) -> None:
    result = command(*arguments)
    assert result.exit_code == 0, (result.output, result.exception)


def hub_of(folder: Path, given: Tls, authority: str) -> tuple[Place, Result]:
    """A hub with these files, and what `init` said."""
    port = free_port()
    place = Place.at(folder / "hub", "hub", port)
    files = ("--certificate", given.certificate, "--key", given.key)
    own = ("--authority", authority) if authority else ()
    at = ("--host", "127.0.0.1", "--port", str(port), "--folder", place.federation.path)
    return place, command("init", "--hub", *at, *files, *own)


def joined(folder: Path, hub: Place, given: Tls) -> Place:
    """north, admitted at the hub and joined with this certificate."""
    place, request, welcome = Place.at(folder / "north", "north"), folder / "request", folder / "welcome"
    done("join", "--name", "north", "--request", request, "--folder", place.federation.path)
    done("add", request, "--welcome", welcome, "--folder", hub.federation.path)
    assert "certificate" not in json.loads(welcome.read_text())  # the hub has no authority to sign by
    files = ("--certificate", given.certificate, "--key", given.key)
    done("join", "--welcome", welcome, *files, "--folder", place.federation.path)
    return place


def replaced(place: Place, name: str, given: Tls) -> None:
    """Another certificate with its key in the place of one."""
    place.federation.write(f"{name}.pem", Path(given.certificate).read_bytes())
    place.federation.write(f"{name}-key.pem", Path(given.key).read_bytes())


@asynccontextmanager
async def started(*places: Place) -> AsyncIterator[None]:
    """Their servers, with the streams of their links still alone."""
    try:
        for place in places:
            await place.start()
            await place.provision(sources=False)
        yield
    finally:
        for place in places:
            await place.close()


@pytest.fixture
def ministry(tmp_path: Path) -> Ministry:
    return Ministry(tmp_path / "ministry")


async def test_servers_link_by_certificates_of_the_ministrys_authority(
    tmp_path: Path, ministry: Ministry
) -> None:
    hub, said = hub_of(tmp_path, ministry.server(), ministry.authority().certificate)
    assert said.exit_code == 0
    north = await asyncio.to_thread(joined, tmp_path, hub, ministry.client("north"))
    async with started(hub, north):
        await wait_for(north.logged("JetStream using domains"), SECONDS)
        for place in (hub, north):
            await place.provision()
            place.work()
        await north.admin.publish(UP, b"figures")
        await hub.admin.publish(DOWN, b"framework")
        await wait_for(partial(hub.holds, "NATIONAL", UP, b"figures"), SECONDS)
        await wait_for(partial(north.holds, "DOWN", DOWN, b"framework"), SECONDS)
    assert not hub.federation.file("authority-key.pem").exists()


async def test_a_region_with_a_certificate_of_another_authority_is_refused(
    tmp_path: Path, ministry: Ministry
) -> None:
    hub, _ = hub_of(tmp_path, ministry.server(), ministry.authority().certificate)
    other = Ministry(tmp_path / "other")
    with pytest.raises(AssertionError, match="The certificate is not the authority's"):
        await asyncio.to_thread(joined, tmp_path, hub, other.client("north"))
    north = await asyncio.to_thread(joined, tmp_path, hub, ministry.client("north"))
    replaced(north, "ministry", other.client("north"))  # as by hand, past what `join` looks at
    async with started(hub, north):
        await wait_for(hub.logged("TLS leafnode handshake error"), SECONDS)
        assert not north.logged("JetStream using domains")()


async def test_a_region_refuses_a_hub_whose_certificate_another_authority_made(
    tmp_path: Path, ministry: Ministry
) -> None:
    other = Ministry(tmp_path / "other")
    _, said = hub_of(tmp_path, other.server(), ministry.authority().certificate)
    assert "The certificate is not the authority's" in str(said.exception)
    hub, _ = hub_of(tmp_path, ministry.server(), ministry.authority().certificate)
    replaced(hub, "server", other.server())  # as by hand, past what `init` looks at
    north = await asyncio.to_thread(joined, tmp_path, hub, ministry.client("north"))
    async with started(hub, north):
        await wait_for(north.logged("certificate signed by unknown authority"), SECONDS)
        assert not north.logged("JetStream using domains")()


@pytest.mark.parametrize("mixed", ["certificates", "with their keys", "no authority"])
async def test_a_hubs_certificate_in_place_of_its_authority_gives_no_link(
    tmp_path: Path, ministry: Ministry, mixed: str
) -> None:
    """`init` says so, or the server does not start, or no link comes into being."""
    server, authority = ministry.server(), ministry.authority()
    given, above = {
        "certificates": (Tls(authority.certificate, server.key, ""), server.certificate),
        "with their keys": (authority, server.certificate),
        "no authority": (server, ""),
    }[mixed]
    hub, said = hub_of(tmp_path, given, above)
    if isinstance(said.exception, FederationError):
        return
    north = await asyncio.to_thread(joined, tmp_path, hub, ministry.client("north"))
    try:
        async with started(hub, north):
            await wait_for(hub.logged("TLS leafnode handshake error"), SECONDS)
            assert not north.logged("JetStream using domains")()
    except StartError:
        assert mixed == "certificates"
