"""The tables of docs/integrate/events.md, from the one of the feed: ``python -m deploy.contracts.feed_docs``."""

import re
from pathlib import Path

from shared.events.feed_events import NOT_SHOWN, SHOWN, Shown

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "integrate" / "events.md"


def shown() -> str:
    """One row a type that is shown: the right, the ids, and where the rest is read."""
    rows = [f"| `{name}` | `{kind.right}` | {_ids(kind)} | {_rest(kind)} |" for name, kind in SHOWN.items()]
    return "\n".join(["| Type | Right | Ids | The rest |", "|---|---|---|---|", *rows])


def hidden() -> str:  # lint: the heading of the page
    """One row a type that is not: why."""
    rows = [f"| `{name}` | {reason} |" for name, reason in NOT_SHOWN.items()]
    return "\n".join(["| Type | Why |", "|---|---|", *rows])


def page(old: str) -> str:
    """`old` with both tables between their markers as the code has them now."""
    for name, table in (("shown", shown()), ("hidden", hidden())):
        start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
        new = f"{start}\n{table}\n{end}"
        old = re.sub(f"{start}.*?{end}", lambda _, new=new: new, old, flags=re.DOTALL)  # type: ignore[misc]
    return old


def _ids(kind: Shown) -> str:
    names = ", ".join(f"`{name}`" for name in kind.items or kind.ids)
    return f"of each item {names}" if kind.items else names or "none"


def _rest(kind: Shown) -> str:
    return f"`{kind.resource}`" if kind.resource else "by its id"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
