"""`steward audit verify` judges a file by itself, and says what is wrong with it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.audit_export.audit_command import audit
from shared.audit.chain import FIRST, entry_hash, root, rows_hash, seal_hash, signature

PEPPER = "a secret"


def export(*sizes: int) -> list[dict]:
    """Lines of an export with so many entries in its seals."""
    lines, previous = [], FIRST
    for number, size in enumerate(sizes, 1):
        made = [entry(f"{number}-{place}") for place in range(size)]
        seal = {
            "kind": "seal", "service": "registry", "number": number, "sealed_at": "x", "entries": size,
            "rows": rows_hash([entry_hash(each) for each in made]), "previous": previous,
        }  # fmt: skip
        previous = seal_hash(seal)
        lines += [*made, {**seal, "hash": previous, "signature": signature(PEPPER, previous)}]
    return lines


def entry(name: str) -> dict:
    return {
        "kind": "entry", "entry_id": name, "day": "2026-10-01", "at": datetime.now(UTC).isoformat(),
        "caller": "0" * 32, "client": True, "roles": "hris", "operation": "GET /v1/people", "purpose": None,
        "people": 0, "commitment": root([]).hex(), "of": [],
    }  # fmt: skip


def ended(tmp_path: Path, lines: list[dict], *arguments: str) -> tuple[int, str]:
    file = tmp_path / "export.ndjson"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = CliRunner().invoke(audit, ["verify", str(file), *arguments])
    return found.exit_code, found.output


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEWARD_SUBJECT_PEPPER", PEPPER)


def test_a_whole_export_is_as_it_was_sealed(tmp_path):
    lines = export(2, 0, 3)
    code, output = ended(tmp_path, lines, "--head", f"3:{lines[-1]['hash']}")
    assert (code, output) == (
        0,
        f"registry: 5 entries in 3 seals, 1 to 3, head 3:{lines[-1]['hash']}\n",
    )
    code, _ = ended(tmp_path, lines[3:])  # from a later seal on
    assert code == 0


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda lines: lines[0].update(operation="GET /v1/me"), "an entry of seal 1 is changed"),
        (lambda lines: lines[0].update(purpose="GOV"), "an entry of seal 1 is changed"),
        (lambda lines: lines[0].update(caller="1" * 32), "an entry of seal 1 is changed"),
        (lambda lines: lines.pop(0), "an entry of seal 1 is changed, missing"),
        (lambda lines: lines.insert(0, lines.pop(1)), "an entry of seal 1 is changed, missing or in another"),
        (lambda lines: lines.insert(0, lines[0]), "an entry of seal 1 is changed, missing"),
        (lambda lines: lines.pop(), "are in no seal"),
        (lambda lines: lines[2].update(sealed_at="y"), "seal 1 is changed"),
        (lambda lines: lines[2].update(signature="0" * 64), "seal 1 is not signed"),
        (lambda lines: lines.__delitem__(slice(0, 6)) or lines.__delitem__(slice(0, 1)), "seal 3"),
        (lambda lines: lines.__delitem__(slice(3, 5)), "seal 3 comes after seal 1"),
        (lambda lines: lines.insert(0, {"kind": "other"}), "cannot be read"),
        (lambda lines: lines.insert(0, []), "cannot be read"),
        (lambda lines: lines[0].update(commitment="00"), "about other people"),
    ],
)
def test_what_was_done_to_it_is_found(tmp_path, change, fault):
    lines = export(2, 1, 3)
    change(lines)
    code, output = ended(tmp_path, lines)
    assert code == 1
    assert fault in output


def test_another_chain_is_found_by_a_head_that_was_noted(tmp_path):
    noted = export(2, 1, 3)[-1]["hash"]
    other = export(2, 1, 3)  # made again by who has the secret
    assert ended(tmp_path, other)[0] == 0
    assert "seal 3 is another one than was noted" in ended(tmp_path, other, "--head", f"3:{noted}")[1]
    assert "seal 3, which was noted, is missing" in ended(tmp_path, other[:5], "--head", f"3:{noted}")[1]


def test_what_cannot_be_asked_is_said(tmp_path):
    assert ended(tmp_path, [], "--head", "3")[0] == 2
    assert CliRunner().invoke(audit, ["verify", str(tmp_path / "nothing")]).exit_code == 2
    assert CliRunner().invoke(audit, ["verify", "--head", f"1:{FIRST}"]).exit_code == 2
