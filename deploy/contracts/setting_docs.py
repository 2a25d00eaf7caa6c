"""Every setting as a row of docs/operate/settings.md: ``python -m deploy.contracts.setting_docs`` writes them."""

import re
from pathlib import Path

from pydantic_settings import BaseSettings

from deploy.data_folder.settings import LocalSettings
from shared.settings import Settings

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "operate" / "settings.md"
TABLES: dict[str, type[BaseSettings]] = {"services": Settings, "local": LocalSettings}


def table(kind: type[BaseSettings]) -> str:
    """One row a setting: its variable, its default, and what its docstring says."""
    rows = ["| Variable | Default | Meaning |", "|---|---|---|"]
    prefix = kind.model_config.get("env_prefix", "")
    for name, field in kind.model_fields.items():
        default = "required" if field.is_required() else _shown(field.default)
        rows.append(f"| `{prefix}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


def page(old: str) -> str:
    """`old` with every table between its markers as the code says it now."""
    for name, kind in TABLES.items():
        start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
        new = f"{start}\n{table(kind)}\n{end}"
        old = re.sub(f"{start}.*?{end}", lambda _, new=new: new, old, flags=re.DOTALL)  # type: ignore[misc]
    return old


def _shown(default: object) -> str:
    return "none" if default in (None, "", {}) else f"`{default}`"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
