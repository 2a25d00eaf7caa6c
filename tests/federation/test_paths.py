"""A folder may be called as its people call it: nats-server reads the names of files as they are."""

from pathlib import Path

from deploy.broker.server_settings import read_settings
from deploy.federation.membership.hub import Hub
from deploy.federation.membership.region import Region
from deploy.local.processes import free_port
from tests.federation.beside import as_a_stack, command
from tests.federation.links import Place
from tests.servers import wait_for

NAME = "Région de l'Est, 東"


async def test_letters_that_are_not_ascii_in_a_path(tmp_path: Path) -> None:
    port = free_port()
    hub, north = Place.at(tmp_path / NAME / "hub", "hub", port), Place.at(tmp_path / NAME / "north", "north")
    members, region = Hub(hub.federation), Region(north.federation)
    members.init("hub", ["127.0.0.1"], port)
    region.join(members.add(region.request("north")))
    try:
        for place in (hub, north):
            await place.start()
        await wait_for(north.logged("JetStream using domains"), 30)
        as_a_stack(hub)
        assert (await command(hub, "suspend", "north")).stdout.startswith("north is suspended\n")
        kept = read_settings(hub.folder / "nats" / "nats.conf")
        assert kept["leafnodes"]["tls"]["ca_file"] == str(hub.federation.file("authority.pem").resolve())
    finally:
        for place in (north, hub):
            await place.close()
