"""The guides of docs/integrate/ as a reader pastes them: their blocks in one shell, before one instance."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import DOCS, ROOT

THERE = "http://127.0.0.1:8080"  # the address that the pages name
# `steward token` without a local stack, from files; anything else is the command itself.
_STEWARD = """#!/bin/sh
if [ "$1" = token ]; then
    for subject in "$@"; do :; done
    exec cat "{tokens}/$2-$subject"
fi
exec "{steward}" "$@"
"""


def blocks(page: str, language: str = "sh") -> list[str]:
    """The blocks of a page of docs/integrate/, each as it stands there."""
    text = (DOCS / "integrate" / f"{page}.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Reader:
    """Somebody with a shell, in a folder of their own, before the instance at `url`."""

    folder: Path
    url: str

    def given(self, tokens: dict[str, str]) -> "Reader":
        """The same with `steward token`: tokens by the first and the last argument, such as `auditor-MD`."""
        bin_folder, stored = self.folder / "bin", self.folder / "tokens"
        for made in (bin_folder, stored):
            made.mkdir()
        for name, token in tokens.items():
            (stored / name).write_text(token)
        command = bin_folder / "steward"
        command.write_text(_STEWARD.format(tokens=stored, steward=Path(sys.executable).parent / "steward"))
        command.chmod(0o700)
        return self

    def here(self, text: str) -> str:
        """What a page says, for this instance."""
        return text.replace(THERE, self.url)

    def paste(self, page: str) -> str:
        """What the blocks of a page print, in one shell that stops at the first failure."""
        return self.run(["bash", "-euo", "pipefail", "-c", self.here("".join(blocks(page)))])

    def run(self, command: list[str]) -> str:
        """What a command prints, errors too; it must end well."""
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        packages = os.pathsep.join(map(str, (ROOT / "client" / "python", ROOT)))
        known = {"PATH": path, "PYTHONPATH": packages, "HOME": str(self.folder)}
        done = subprocess.run(
            command, cwd=self.folder, env=known, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, (done.stdout[-3000:], done.stderr[-1500:])
        return done.stdout + done.stderr
