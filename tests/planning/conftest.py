"""The served planning for every module here."""

from tests.planning.world import key, world

__all__ = ["key", "world"]
