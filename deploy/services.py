"""Which services there are and what each declares."""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.messaging.subscriptions import Consumers

NAMES = ("registry", "assessment", "planning", "evaluation", "gateway")


def service_names() -> tuple[str, ...]:
    """The services in start order."""
    return NAMES


def owners() -> tuple[str, ...]:
    """The services that own data, and so have a schema and a login role."""
    root = Path(__file__).parent.parent / "services"
    return tuple(name for name in NAMES if (root / name / "migrations").is_dir())


def consumers_of(service: str) -> "Consumers":
    """What `service` consumes; a service without a consumers module consumes nothing."""
    name = f"services.{service}.consumers"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        from shared.messaging.subscriptions import Consumers

        return Consumers(service)
    declared: Consumers = module.consumers
    return declared
