"""The client's generated modules: written, and compared with the document that they are to be made of."""

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.contracts.client_code import api_document, methods

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "client" / "python" / "steward_client" / "generated"
MODULES = ("models.py", "operations.py")
MADE_FROM = "made_from.json"  # digests of the document and of the modules
MODELS_HEAD = '"""Values of the API as dictionaries. Made by `make client`; do not change it by hand."""\n\n'
OPTIONS = (
    "--input-file-type=openapi",
    "--openapi-scopes=schemas",
    "--output-model-type=typing.TypedDict",
    "--target-python-version=3.11",
    "--use-standard-collections",
    "--use-union-operator",
    "--use-schema-description",
    "--disable-timestamp",
    "--formatters=builtin",
)


def outdated(made_from: api_document.Document) -> list[str]:
    """What of the client is not as a reduced document has it."""
    known = json.loads((FOLDER / MADE_FROM).read_text())
    changed = [name for name in MODULES if _digest(FOLDER / name) != known[name]]
    return changed if known["document"] == api_document.digest(made_from) else ["document", *changed]


def write(made_from: api_document.Document) -> None:
    """Write the modules of a reduced document."""
    FOLDER.mkdir(exist_ok=True)
    commands = Path(sys.executable).parent
    with tempfile.TemporaryDirectory() as folder:
        given, models = Path(folder) / "openapi.json", Path(folder) / "models.py"
        given.write_text(json.dumps(made_from))
        command = [str(commands / "datamodel-codegen"), f"--input={given}", f"--output={models}", *OPTIONS]
        subprocess.run(command, check=True)
        code = models.read_text()
    _check_names(made_from, code)
    (FOLDER / "models.py").write_text(MODELS_HEAD + code[code.index("from __future__") :])
    (FOLDER / "operations.py").write_text(methods.source(made_from))
    (FOLDER / "__init__.py").write_text('"""What `make client` makes from the OpenAPI document."""\n')
    subprocess.run([commands / "ruff", "check", "--select=I,UP", "--fix", "--quiet", FOLDER], check=True)
    subprocess.run([commands / "ruff", "format", "--quiet", FOLDER], check=True)
    digests = {"document": api_document.digest(made_from)} | {
        name: _digest(FOLDER / name) for name in MODULES
    }
    (FOLDER / MADE_FROM).write_text(json.dumps(digests, indent=2) + "\n")


def _check_names(made_from: api_document.Document, code: str) -> None:
    """Every schema has its own name: the generator numbers what an inline schema has taken before."""
    schemas = made_from["components"]["schemas"]
    lost = [name for name in schemas if f"\nclass {name}(" not in code and f"\n{name}: " not in code]
    lost += [name for name in re.findall(r"^class (\w+)\d\(", code, re.MULTILINE) if name in schemas]
    assert not lost, f"schemas whose names are taken: {lost}"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
