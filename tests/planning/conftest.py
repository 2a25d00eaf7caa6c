"""The served planning for every module here."""

from tests.planning.world import world

__all__ = ["world"]
