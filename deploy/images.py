"""Which container images are used, and by which content: a tag may be moved, a digest may not.

`deploy/images.lock` has a line for each image that compose files and the Dockerfile name: its reference,
and its digest or the word `open`. ``python -m deploy.images`` checks that none is missing (`make lint`),
``... pin`` asks the registry for every digest that is open, ``... release`` fails while one is, and
``... compose`` writes docker-compose.pinned.yml, by which compose takes images by their digests alone.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK, PINNED, BASE = "deploy/images.lock", "docker-compose.pinned.yml", "BASE"
OPEN = "open"
BUILDING = ("broker", "federation")  # services of compose that build our own image
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Unknown(Exception):
    """An image without a digest, or one that nobody asked for; the message says what is to be done."""


def used(root: Path = ROOT) -> dict[str, list[str]]:
    """Images that are not our own, with the compose services that run them; the Dockerfile's base with none."""
    found: dict[str, list[str]] = {}
    for path in sorted(root.glob("docker-compose*.yml")):
        if path.name != PINNED:
            for name, image in _images(path.read_text()):
                found.setdefault(image, []).append(name)
    base = re.findall(rf"^ARG {BASE}=(\S+)$", (root / "deploy" / "Dockerfile").read_text(), re.MULTILINE)
    return {**found, **{image: [] for image in base}}


def _images(compose: str) -> Iterator[tuple[str, str]]:
    """(service, image) of a compose file, without our own image, whose name is a variable."""
    service = ""
    for line in compose.splitlines():
        if named := re.match(r"  ([\w-]+):", line):
            service = named[1]
        elif image := re.match(r"    image: ([^\s$]+)$", line):
            yield service, image[1]


def locked(root: Path = ROOT) -> dict[str, str]:
    """Digest, or `open`, by image reference. Raises Unknown for a line that is neither."""
    found = {}
    for line in (root / LOCK).read_text().splitlines():
        if line and not line.startswith("#"):
            image, _, digest = line.partition(" ")
            if digest != OPEN and not DIGEST.fullmatch(digest):
                raise Unknown(f"{LOCK}: {image} has neither a digest nor the word {OPEN!r}.")
            found[image] = digest
    return found


def check(root: Path = ROOT) -> Iterator[str]:
    """What is wrong: an image without a line, a line without an image, a Dockerfile that takes another base."""
    known, asked = locked(root), used(root)
    yield from (f"{image} has no line in {LOCK}" for image in asked if image not in known)
    yield from (f"{LOCK} names {image}, which nobody uses" for image in known if image not in asked)
    dockerfile = (root / "deploy" / "Dockerfile").read_text()
    others = set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) - {f"${{{BASE}}}"}
    yield from (f"deploy/Dockerfile takes {image} past {BASE}" for image in sorted(others))


def digest_of(image: str) -> str:
    """The digest of all platforms' image, as the registry has it now, by docker. Raises Unknown."""
    command = ["docker", "buildx", "imagetools", "inspect", image]
    try:
        output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise Unknown(f"No registry said what {image} is: {type(error).__name__}.") from None
    found = re.search(rf"^Digest:\s+({DIGEST.pattern})$", output, re.MULTILINE)
    if found is None:
        raise Unknown(f"The registry names no digest of {image}.")
    return found[1]


def pin(root: Path = ROOT, ask: Callable[[str], str] = digest_of) -> None:
    """Fill in every digest that is open. Raises Unknown; what was found before is stored."""
    path = root / LOCK
    for image, known in locked(root).items():
        if known == OPEN:
            path.write_text(path.read_text().replace(f"{image} {OPEN}\n", f"{image} {ask(image)}\n"))


def pinned(known: Mapping[str, str], asked: Mapping[str, list[str]]) -> str:
    """The compose file that takes every image by its digest. Raises Unknown while one is open."""
    if missing := [image for image in asked if known.get(image, OPEN) == OPEN]:
        raise Unknown(f"Open in {LOCK}: {', '.join(missing)}. Run python -m deploy.images pin.")
    lines = ["# Written by python -m deploy.images compose. Add it to COMPOSE_FILE in .env.", "services:"]
    for image, names in asked.items():
        by_digest = f"{image}@{known[image]}"
        lines += [f'  {name}: {{image: "{by_digest}"}}' for name in names]
        if not names:
            lines += [f'  {job}: {{build: {{args: {{{BASE}: "{by_digest}"}}}}}}' for job in BUILDING]
    return "\n".join(lines) + "\n"


def main(command: str) -> int:
    """Run one of the commands; prints what is wrong."""
    try:
        if command == "pin":
            pin()
        elif command in ("release", "compose"):
            text = pinned(locked(), used())
            if command == "compose":
                (ROOT / PINNED).write_text(text)
        wrong = list(check())
    except Unknown as unknown:
        wrong = [str(unknown)]
    for line in wrong:
        print(line, file=sys.stderr)  # noqa: T201  # a command of developers
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))
