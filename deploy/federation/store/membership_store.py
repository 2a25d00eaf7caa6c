"""What an instance stores about its federation: keys, certificates, a document; readable by its user alone."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.federation.federation_error import FederationError
from deploy.federation.pki.keys import Keys
from deploy.federation.store import schemas
from deploy.federation.store.schemas import EPOCH, HUB, KEYS, REGION


@dataclass(frozen=True)
class Folder:
    """The folder ``federation`` next to an instance's data; it is no part of the database's backup.

    So the epoch survives a restore, and the keys are saved where secrets are.
    """

    path: Path

    def file(self, name: str) -> Path:
        """The path of one file."""
        return self.path / name

    def read(self, name: str) -> bytes:
        """One file's content. Raises FederationError where it is missing or cannot be read."""
        try:
            return self.file(name).read_bytes()
        except FileNotFoundError:
            raise FederationError(f"There is no {self.file(name)}.") from None
        except OSError as error:
            raise FederationError(f"{self.file(name)} cannot be read: {error.strerror}.") from None

    def write(self, name: str, content: bytes) -> Path:
        """Write a file in one step, mode 600. Raises FederationError where that cannot be done."""
        path, beside = self.file(name), self.file(f"{name}.new")
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            beside.replace(path)
        except OSError as error:
            raise FederationError(f"{path} cannot be written: {error.strerror}.") from None
        return path

    def document(self, name: str) -> dict[str, Any]:
        """One JSON file. Raises FederationError where it is missing or damaged."""
        try:
            return schemas.read(name, self.read(name))
        except ValueError as error:
            raise FederationError(
                f"{self.file(name)} is damaged ({error}): put it back from where you keep secrets."
            ) from None

    def keep(self, name: str, document: dict[str, Any]) -> None:
        """Write a JSON file."""
        self.write(name, json.dumps(document, indent=1).encode() + b"\n")

    def role(self) -> str:
        """What an instance with this folder is: ``hub``, ``region`` or ``none``."""
        if self.file(HUB).exists():
            return "hub"
        return "region" if self.file(REGION).exists() else "none"

    def instance(self) -> str:
        """The instance's name in its federation, empty where it has none."""
        match self.role():
            case "hub":
                return str(self.document(HUB)["hub"])
            case "region":
                return str(self.document(REGION)["region"])
        return ""

    def epoch(self) -> int:
        """1, and one more for each time that the instance was restored or joined again."""
        return int(self.document(EPOCH)["epoch"]) if self.file(EPOCH).exists() else 1

    def restored(self) -> int:
        """Note that the instance was restored from a backup; returns its new epoch."""
        epoch = self.epoch() + 1
        self.begin(epoch)
        return epoch

    def begin(self, epoch: int) -> None:
        """Go on in another epoch."""
        self.keep(EPOCH, {"epoch": epoch})

    def keys(self) -> Keys:
        """The instance's keys. Raises FederationError where there are none: others know it by those it had."""
        if not self.file(KEYS).exists():
            raise FederationError(
                f"There is no {self.file(KEYS)}: put it back from where you keep secrets. Others know this"
                " instance by those keys."
            )
        keys = Keys(**self.document(KEYS))
        try:
            keys.check()
        except ValueError:
            raise FederationError(
                f"{self.file(KEYS)} is damaged: put it back from where you keep secrets."
            ) from None
        return keys

    def make_keys(self) -> None:
        """Make the instance's keys, where it has none yet and nobody knows it."""
        if not self.file(KEYS).exists():
            made = Keys.made()
            self.keep(KEYS, {"seed": made.seed, "box": made.box})
