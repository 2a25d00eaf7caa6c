"""Settings of the local stack, read from the environment with the prefix ``STEWARD_LOCAL_``."""

import os
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.settings import TimeZone, read


class LocalSettings(BaseSettings):
    """Settings of the local stack. `deploy.local.ports` says what becomes of a port that is taken."""

    model_config = SettingsConfigDict(env_prefix="STEWARD_LOCAL_", use_attribute_docstrings=True)

    folder: Path = Path(".local")
    """Where data, logs, secrets and the development key live."""
    instance: str = Field(default="north", pattern=r"^[a-z][a-z0-9-]{0,31}$")
    """Name of the instance."""
    time_zone: TimeZone = "UTC"
    """Time zone of the instance (IANA name); left out, that of `STEWARD_TIME_ZONE`."""
    gateway_port: int = Field(default=8080, ge=1, le=65_535)
    """Port of the gateway; the four services and the process of readers take the next ones."""
    metrics_port: int = Field(default=9464, ge=1, le=65_535)
    """Port on which the gateway answers `/metrics`."""
    postgres_port: int = Field(default=54320, ge=1, le=65_535)
    """Port of PostgreSQL."""
    nats_port: int = Field(default=42220, ge=1, le=65_535)
    """Port of nats-server."""
    traces_port: int = Field(default=43180, ge=1, le=65_535)
    """Port of the trace store (OTLP/HTTP)."""
    trace_ratio: float = Field(default=1.0, ge=0.0, le=1.0)
    """Share of flows that are recorded."""

    @model_validator(mode="before")
    @classmethod
    def _zone_of_services(cls, values: dict[str, Any]) -> dict[str, Any]:
        """`STEWARD_TIME_ZONE`, which services read outside the local stack, counts in it too."""
        zone = os.environ.get("STEWARD_TIME_ZONE")
        return {"time_zone": zone, **values} if zone else values

    @field_validator("folder")
    @classmethod
    def _no_file(cls, value: Path) -> Path:
        """Neither the folder nor one above it may be a file."""
        for place in (value, *value.parents):
            if place.exists() and not place.is_dir():
                raise ValueError(f"{place} is a file, not a folder")
        return value


def local_settings() -> LocalSettings:
    """The environment's settings of the local stack. Raises `shared.settings.Unset`, one line."""
    return read(LocalSettings)
