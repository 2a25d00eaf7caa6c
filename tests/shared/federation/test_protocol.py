"""Each name of streams, subjects and headers stands once: a second place would go on with the old one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.words import FROZEN, ROOT, source
from shared.federation import protocol
from shared.messaging import stream_names

PLACES = [str(Path(str(module.__file__)).relative_to(ROOT)) for module in (protocol, stream_names)]
ASKED = re.compile(r"\$JS\.API|steward\.\*\.")  # JetStream's own prefix, and subjects of what is published


def texts(code: str) -> Iterator[str]:
    """Texts in code, also those inside f-strings; docstrings are left out."""
    tree = ast.parse(code)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def names(code: str) -> set[str]:
    """What the texts of the protocol name, without ordinary words: a name has capitals, or is a prefix."""
    found = {text for text in texts(code) if re.fullmatch(r"[\w.$-]*[A-Za-z]{2}[\w.$-]*", text)}
    return {text for text in found if re.search(r"[A-Z]|[.-]$", text)} - {"steward."}


def repeated(code: str, known: set[str]) -> set[str]:
    """Texts that are such a name, or begin with one that is a prefix."""
    prefixes = tuple(name for name in known if name[-1] in "._-")
    found = {text for text in texts(code) if not text.endswith(".json")}  # names of files
    return {text for text in found if text in known or text.startswith(prefixes) or ASKED.search(text)}


def test_no_other_module_writes_a_name_of_the_protocol() -> None:
    files = source()
    known = set().union(*(names(files[place]) for place in PLACES))
    assert {"NATIONAL", "UPLINK_", "uplink.", "_FED.beat.", "Steward-Sequence", "Nats-Msg-Id", "DLQ"} <= known
    others = {
        path: code
        for path, code in files.items()
        if not path.startswith("tests/") and path not in PLACES and not FROZEN.search(path)
    }
    assert {path: found for path, code in others.items() if (found := repeated(code, known))} == {}


@pytest.mark.parametrize("line", ['info(client, "NATIONAL")', 'f"uplink.{region}.>"', 'f"_FED.beat.{name}"'])
def test_a_name_that_is_written_again_is_seen(line: str) -> None:
    assert repeated(line, {"NATIONAL", "uplink.", "_FED.beat."})
