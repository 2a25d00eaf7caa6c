"""Federation folders without servers: what is in them, and what is refused before anything is."""

import pytest

from deploy.federation.federation_error import FederationError
from deploy.federation.store.membership_store import Folder

HOST = "hub.example.org"


def stored(folder: Folder) -> dict[str, bytes]:
    """Every file of a folder, nothing of one that is not there."""
    return {path.name: path.read_bytes() for path in folder.path.iterdir()} if folder.path.exists() else {}


def refused(error: pytest.ExceptionInfo[FederationError], words: str) -> None:
    """It is said in one line, with these words."""
    assert words in str(error.value)
    assert "\n" not in str(error.value)
