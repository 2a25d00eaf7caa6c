"""A hub and a region as folders, without servers."""

from pathlib import Path

import pytest

from deploy.federation.membership.hub import Hub
from deploy.federation.membership.region import Region
from deploy.federation.store.membership_store import Folder
from tests.federation.folders import HOST


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """A hub without regions."""
    made = Hub(Folder(tmp_path / "hub"))
    made.init("hub", [HOST], 7422)
    return made


@pytest.fixture
def north(tmp_path: Path) -> Region:
    """A region that has not asked yet."""
    return Region(Folder(tmp_path / "north"))
