"""A stack's folder that becomes its owner's alone."""

import os
import stat

from deploy.data_folder.contents import remove
from deploy.local.postgres import PostgresServer
from deploy.local.processes import own_folder, private_folder
from tests.deploy.test_local_servers import folder, write_and_count

__all__ = ["folder"]


async def test_data_go_along_when_their_folder_is_closed_to_others(folder):  # the fixture
    stack = private_folder(folder / "closed")
    server = PostgresServer(stack, "secret", durable=False)
    server.start()
    assert await write_and_count(server) == 1
    server.stop()
    before = os.umask(0o022)
    try:
        own_folder(stack)
        assert stat.S_IMODE(stack.stat().st_mode) == 0o700
        server.start()
        assert await write_and_count(server) == 2
        server.stop()
    finally:
        os.umask(before)
    remove(stack)
