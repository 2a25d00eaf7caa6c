"""What an instance keeps about its federation: keys, certificates, a document; for its user alone."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.federation.keys import Keys

INSTANCE = re.compile(r"^[a-z][a-z0-9-]{0,31}$")  # a name that is one token of a subject

EPOCH = "epoch.json"


class FederationError(RuntimeError):
    """A step of setting up a federation that cannot be done; the message says what to do instead."""


@dataclass(frozen=True)
class Folder:
    """The folder ``federation`` beside an instance's data; it is no part of the database's backup.

    So the epoch survives a restore, and the keys are saved where secrets are.
    """

    path: Path

    def file(self, name: str) -> Path:
        """The path of one file."""
        return self.path / name

    def read(self, name: str) -> bytes:
        """One file's content. Raises FederationError where it is missing."""
        try:
            return self.file(name).read_bytes()
        except FileNotFoundError:
            raise FederationError(f"There is no {self.file(name)}.") from None

    def write(self, name: str, content: bytes) -> Path:
        """Write a file in one step, mode 600."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        path, beside = self.file(name), self.file(f"{name}.new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        beside.replace(path)
        return path

    def document(self, name: str) -> dict[str, Any]:
        """One JSON file. Raises FederationError where it is missing."""
        found: dict[str, Any] = json.loads(self.read(name))
        return found

    def keep(self, name: str, document: dict[str, Any]) -> None:
        """Write a JSON file."""
        self.write(name, json.dumps(document, indent=1).encode() + b"\n")

    def epoch(self) -> int:
        """How often the instance began anew, mostly from a backup, plus one."""
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
        """The instance's keys, made at the first call."""
        if not self.file("keys.json").exists():
            made = Keys.made()
            self.keep("keys.json", {"seed": made.seed, "box": made.box})
        return Keys(**self.document("keys.json"))
