"""The pages of docs/ and those beside them at the top, and what stands in them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def name(page: Path) -> str:
    """The page's path, for test ids."""
    return str(page.relative_to(ROOT))


def links(page: Path) -> list[str]:
    """Targets of Markdown links that stay inside the project."""
    found = re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", page.read_text())
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def anchors(page: Path) -> set[str]:
    """Anchors of headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def shell(page: Path) -> list[str]:
    """Lines of `sh` blocks, with continued lines joined."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]


def rows(page: str, first: str) -> list[list[str]]:
    """The rows of that table of a page in docs/ whose first column is headed `first`."""
    text = (DOCS / page).read_text()
    body = text.split(f"| {first} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in body]
