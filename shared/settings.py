"""Every setting of a service, read from the environment with the prefix ``STEWARD_``."""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

SECRETS = Path("/run/secrets")  # where containers have secrets, one file each

PREFIX = "STEWARD_"
ALIKE = (
    0.92  # share of letters in common from which on a variable is taken for a setting with a mistake in it
)
Kind = TypeVar("Kind", bound=BaseSettings)


class Unset(Exception):
    """The environment lacks settings, or they cannot be read: one line, without any value."""


def _time_zone(name: str) -> str:
    if name != "UTC" and name not in available_timezones():
        raise ValueError("not the name of a time zone of the IANA database, e.g. Africa/Nairobi")
    return name


TimeZone = Annotated[str, AfterValidator(_time_zone)]


class Settings(BaseSettings):
    """Settings of one service process.

    The docstring of each field is its documentation in docs/operate/settings.md. What the environment
    does not say is read from a file of the variable's name in /run/secrets, where there is one.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        use_attribute_docstrings=True,
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
    )

    service: str
    """Name of this service: registry, assessment, planning, evaluation or gateway."""
    instance: str = Field(default="local", pattern=r"^[a-z][a-z0-9-]{0,31}$")
    """Name of this instance (a region or the hub); the second token of every subject."""
    federation: Literal["none", "region", "hub"] = "none"
    """What this instance is: one alone, a region of a federation, or its hub."""
    epoch: int = Field(default=1, ge=1)
    """How often this instance was restored from a backup, plus one; orders figures before versions do."""
    time_zone: TimeZone = "UTC"
    """Time zone in which days begin and quarters end (IANA name, e.g. `Africa/Nairobi`); one for every service."""
    release_months: int = Field(default=1, ge=1, le=12)
    """Every how many months figures are released: 1, or 3 for quarters; counted from January."""
    release_day: int = Field(default=1, ge=1, le=28)
    """Day of such a month on which they are."""
    release_close_after: int = Field(default=1, ge=1, le=366)
    """Days after its last one on which a period is released as closed."""
    retention_contacts_days: int = Field(default=0, ge=0, le=36_525)
    """Registry: days after leaving on which phone and e-mail of a person are deleted; 0: they stay."""
    retention_matching_days: int = Field(default=0, ge=0, le=36_525)
    """Registry: days after a decision on which what two records were compared by is deleted; 0: it stays."""
    uplink_bytes_per_day: int = Field(default=0, ge=0)
    """A region on a metered line: bytes of events that go up in a day (UTC); 0: no limit."""
    mode: Literal["local", "production"] = "production"
    """`local` allows the development issuer and the movable clock; `production` refuses both."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(default=8080, ge=0, le=65_535)
    """Port to listen on; 0: any that is free."""
    metrics_port: int = Field(default=9464, ge=0, le=65_535)
    """Gateway: port on which it answers `/metrics`, which its public port does not; 0: any that is free."""
    database_url: str = ""
    """PostgreSQL URL of this service's own role, `postgresql://user:password@host:port/name`."""
    database_pool: int = Field(default=8, ge=1, le=100)
    """Connections in each of two pools, ordinary work (2 more at peaks) and hot paths, and 2 more beside them."""
    statement_timeout: float = Field(default=30.0, gt=0)
    """Seconds after which PostgreSQL cancels a statement; imports set their own."""
    nats_url: str = "nats://127.0.0.1:4222"
    """Address of the NATS server or servers, comma-separated."""
    nats_user: str = ""
    """This service's NATS user; it may publish this service's own subjects only."""
    nats_password: str = ""
    """Password of the NATS user."""
    oidc_issuer: str = ""
    """Issuer that bearer tokens must name."""
    oidc_jwks_url: str = ""
    """Where the issuer's public keys are."""
    oidc_audience: str = "steward"
    """Audience that bearer tokens must name."""
    oidc_program_claim: str = Field(default="", pattern=r"^([^=\s]+(=\S+)?)?$")
    """A claim of programs alone, `name` or `name=value`, where the `sub` of theirs is not their `client_id`."""
    subject_pepper: str = ""
    """Instance secret that turns sign-in subjects into opaque keys; the same for every service."""
    client_issuer: str = ""
    """Public address of the gateway, as issuer to the instance's own clients; none: it issues no tokens."""
    sealing_key: str = Field(default="", pattern="^(age1[02-9ac-hj-np-z]{58})?$")
    """Registry of a region: its public key for files that only it opens, as age writes it; told to the hub."""
    signing_key: str = Field(default="", pattern="^(U[A-Z2-7]{55})?$")
    """Registry of a region: its public NKEY, by which others know what it signs; told to the hub."""
    client_keys_url: str = ""
    """Where that issuer's keys are, `http://registry:8080/internal/client-keys`; registry has its own."""
    client_requests_per_minute: int = Field(default=0, ge=0, le=1_000_000)
    """Gateway: requests a minute of a client that has no limit of its own, per replica; 0: no limit."""
    audit_purpose: Literal["optional", "required"] = "optional"
    """Whether a request about individuals must say why, by the header Purpose-Of-Use."""
    otlp_endpoint: str | None = None
    """OTLP/HTTP endpoint for traces, e.g. http://127.0.0.1:4318; none: traces stay in the process."""
    log_format: Literal["auto", "json", "text"] = "auto"
    """Form of log lines: `json`, `text`, or `auto`: text on a terminal, JSON anywhere else."""
    trace_ratio: float = Field(default=1.0, ge=0.0, le=1.0)
    """Share of new traces that are sampled; a caller's own decision is kept."""
    clock_file: Path | None = None
    """Local mode: file with the offset of domain time in seconds."""
    issuer_file: Path | None = None
    """Local mode: the development issuer's public key set, served by the gateway."""
    examples_file: Path | None = None
    """Local mode: file with examples of this instance's own, shown by the gateway's API page."""
    webhook_networks: str = ""
    """Gateway: networks that are not public and webhooks may go to all the same, e.g. `10.20.0.0/16,fd00::/8`."""
    services: dict[str, str] = {}
    """Gateway and rebuild: base URL of each service, as a JSON object."""

    @field_validator(
        "database_url",
        "nats_url",
        "oidc_jwks_url",
        "client_issuer",
        "client_keys_url",
        "otlp_endpoint",
        "services",
    )
    @classmethod
    def _addresses(
        cls, value: str | dict[str, str] | None, info: ValidationInfo
    ) -> str | dict[str, str] | None:
        """Every address has a scheme that the setting is for, and a port that there is. None is repeated."""
        name = info.field_name or ""
        texts = value.values() if isinstance(value, dict) else [value or ""]
        if name == "nats_url":
            texts = [part.strip() for text in texts for part in text.split(",")]
        for text in filter(None, texts):
            _check_address(text, _SCHEMES[name])
        return value

    @field_validator("client_issuer")
    @classmethod
    def _issuer(cls, value: str, info: ValidationInfo) -> str:
        """RFC 8414 section 2: https, without query and fragment. Local mode has no certificate."""
        if info.data.get("mode") == "production" and value.startswith("http:"):
            raise ValueError("must begin with https:// outside local mode")
        if value.endswith("/") or "?" in value or "#" in value:
            raise ValueError("ends without a slash, a query and a fragment")
        return value

    @field_validator("webhook_networks")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in filter(None, map(str.strip, value.split(","))):
            try:
                ip_network(part)
            except ValueError:
                raise ValueError("is no list of networks such as 10.20.0.0/16,fd00::/8") from None
        return value

    def missing(self) -> list[str]:
        """The settings without which this service cannot do its work."""
        needed = ["services"] if self.service == "gateway" else ["database_url"]
        if self.mode == "production":
            needed += ["oidc_issuer", "oidc_jwks_url", "subject_pepper"]
        if self.client_issuer and self.service != "registry":
            needed.append("client_keys_url")
        return [name for name in needed if not getattr(self, name)]

    def nats_servers(self) -> list[str]:
        """The NATS addresses as a list."""
        return [url.strip() for url in self.nats_url.split(",") if url.strip()]


_SCHEMES = {
    "database_url": ("postgresql", "postgres"),
    "nats_url": ("nats", "tls", "ws", "wss"),
    "oidc_jwks_url": ("https", "http", "file"),
    "client_issuer": ("https", "http"),
    "client_keys_url": ("https", "http"),
    "otlp_endpoint": ("https", "http"),
    "services": ("https", "http"),
}


def _check_address(text: str, schemes: tuple[str, ...]) -> None:
    try:
        parts = urlsplit(text)
        known, place = parts.scheme in schemes, parts.netloc or parts.scheme == "file"
        if "," not in parts.netloc:  # PostgreSQL's may name several hosts
            _ = parts.port  # raises for one that is no number or too high
    except ValueError:
        known, place = True, None
    if not known:
        raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    if not place:
        raise ValueError("is no address with a host and a port from 0 to 65535")


def read(kind: type[Kind], **given: Any) -> Kind:
    """Settings from the environment. Raises Unset: which variables are wrong and how, without their values."""
    prefix = str(kind.model_config.get("env_prefix", "")).upper()
    if wrong_names := misspelt(os.environ, prefix, kind.model_fields):
        raise Unset("; ".join(f"{name} is no setting, {meant} is" for name, meant in wrong_names))
    try:
        return kind(**given)
    except ValidationError as error:
        wrong = (f"{prefix}{str(one['loc'][0]).upper()}: {_message(one['msg'])}" for one in error.errors())
        raise Unset("; ".join(wrong)) from None
    except SettingsError as error:  # says which field is no JSON, not what it holds
        raise Unset(str(error)) from None


def misspelt(variables: Iterable[str], prefix: str, fields: Iterable[str]) -> list[tuple[str, str]]:
    """Variables that are no settings but nearly, each with the one that is meant.

    Only these: Kubernetes sets variables of its own with the prefix, `STEWARD_REGISTRY_SERVICE_HOST` for example.
    """
    settings = [prefix + field.upper() for field in fields]
    unknown = sorted(name for name in variables if name.startswith(prefix) and name not in settings)
    close = ((name, get_close_matches(name, settings, n=1, cutoff=ALIKE)) for name in unknown)
    return [(name, found[0]) for name, found in close if found]


def _message(text: str) -> str:
    return text.removeprefix("Value error, ")


def from_environment(service: str) -> Settings:
    """What `service` starts with. Raises Unset with the names of what is missing or wrong."""
    settings = read(Settings, service=service)
    if missing := settings.missing():
        names = ", ".join(PREFIX + name.upper() for name in missing)
        raise Unset(f"{names} must be set; see docs/operate/settings.md")
    return settings
