"""The instance that a process speaks for: set where a service starts, so shared by all tests of a worker."""

from collections.abc import Iterator

import pytest

from shared import clock
from shared.messaging import outbox
from shared.releases import due_dates
from shared.settings import Settings


@pytest.fixture(scope="module", autouse=True)
def instance_of_process() -> Iterator[None]:
    """No module inherits the hub, time zone, clock or calendar of an application that another one served."""
    yield
    outbox.speak_as("local")
    clock.set_zone("UTC")
    clock.follow(None)
    due_dates.follow(Settings(service="registry"))
