"""Rights and operations of docs/access.md, from their tables: ``python -m deploy.contracts.access_docs``."""

import re
from collections.abc import Iterable
from pathlib import Path

from shared.auth.operations import OPERATIONS
from shared.auth.rights import RIGHTS, Reach

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "access.md"
ROLES = ("leader", "hris", "programme-manager", "ops", "auditor", "data-protection-officer", "service")


def rights() -> str:
    """One row a right: how far each role takes it, and what rules it out."""
    rows = [
        f"| Right | {' | '.join(f'`{role}`' for role in ROLES)} | Never about |",
        "|---" * (len(ROLES) + 2) + "|",
    ]
    for name, right in RIGHTS.items():
        reaches = " | ".join(_reaches(right.grants.get(role, ())) for role in ROLES)
        rows.append(f"| `{name}` | {reaches} | {_reaches(right.barred)} |")
    return "\n".join(rows)


def operations() -> str:
    """One row a right: the operations that ask for it."""
    rows = ["| Right | Operations |", "|---|---|"]
    for name in RIGHTS:
        asking = [f"`{operation}`" for operation, names in OPERATIONS.items() if name in names]
        rows += [f"| `{name}` | {', '.join(asking)} |"] if asking else []
    open_to_all = ", ".join(f"`{operation}`" for operation, names in OPERATIONS.items() if not names)
    return "\n".join([*rows, f"| none: whoever signs in | {open_to_all} |"])


def page(old: str) -> str:
    """`old` with both tables between their markers as the code says them now."""
    for name, table in (("rights", rights()), ("operations", operations())):
        start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
        new = f"{start}\n{table}\n{end}"
        old = re.sub(f"{start}.*?{end}", lambda _, new=new: new, old, flags=re.DOTALL)  # type: ignore[misc]
    return old


def _reaches(found: Iterable[Reach]) -> str:
    reaches = set(found)
    return ", ".join(reach for reach in Reach if reach in reaches)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
