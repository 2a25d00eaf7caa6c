"""The table of problem codes in docs/api.md, read from the code. ``python -m deploy.problem_docs``."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from shared.errors import Problem, Unauthorized
from shared.http.problems import _HTTP_CODES

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "api.md"
START, END = "<!-- problem codes: start -->", "<!-- problem codes: end -->"
_FIXED = {"input-invalid": 422, "internal-error": 500} | {
    code: status for status, code in _HTTP_CODES.items()
}
_DETAILS = {
    "input-invalid": "The input is wrong; see errors.",
    "internal-error": "Something went wrong; quote the trace id.",
    "route-unknown": "There is no such resource.",
    "method-not-allowed": "The resource does not know this method.",
    "request-malformed": "The request cannot be read.",
    "body-too-large": "The body is larger than allowed for its kind.",
}


def kinds() -> dict[str, int]:
    """Status by the name of what makes a problem: its classes, and the helper that refuses tokens."""
    import services.gateway.upstream  # noqa: F401  # defines two kinds more

    return {kind.__name__: kind.status for kind in Problem.__subclasses__()} | {
        "refused": Unauthorized.status
    }


def raised(source: str) -> Iterator[tuple[str, int, str]]:
    """(code, status, detail) of every problem that a module makes with a literal code."""
    known = kinds()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or len(node.args) < 2:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        code = node.args[0]
        if name in known and isinstance(code, ast.Constant) and isinstance(code.value, str):
            yield code.value, known[name], _words(node.args[1])


def _words(detail: ast.expr) -> str:
    """The detail's text, with an ellipsis for what is filled in."""
    if isinstance(detail, ast.Constant):
        return str(detail.value)
    if isinstance(detail, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in detail.values)
    return ""


def table() -> str:
    """The table's rows, one a code, with every status and the first detail it is raised with."""
    statuses: defaultdict[str, set[int]] = defaultdict(set)
    details = dict(_DETAILS)
    for code, status in _FIXED.items():
        statuses[code].add(status)
    for folder in ("shared", "services"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for code, status, detail in raised(path.read_text()):
                statuses[code].add(status)
                if detail:
                    details.setdefault(code, detail)
    rows = [
        f"| `{code}` | {', '.join(map(str, sorted(statuses[code])))} | {details.get(code, '')} |"
        for code in sorted(statuses)
    ]
    return "\n".join(["| Code | Status | Meaning |", "|---|---|---|", *rows])


def page(text: str) -> str:
    """`text` with its table as the code says."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
