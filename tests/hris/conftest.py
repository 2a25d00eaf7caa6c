"""A gateway before a served registry and a broker, as the tests of events have it."""

from tests.gateway.events.conftest import country

__all__ = ["country"]
