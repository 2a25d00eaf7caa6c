"""What docs/operate/traces.md says that Steward sends."""

import re

from tests.docs.pages import DOCS

PAGE = (DOCS / "operate" / "traces.md").read_text()
_WORDS = {
    "METHOD": "(?:GET|POST|PUT|PATCH|DELETE|HEAD|HTTP)",
    "ROUTE": r"/\S*",
    "EVENT": r"steward\.[a-z]+\.[a-z-]+\.v\d+",
    "FIGURES": "(?:rollups|indicators|totals)",
    "WORD": r"(?!CURSOR)\S+",
}


def table(first: str) -> list[list[str]]:
    """The rows of the table whose first column is headed `first`."""
    body = PAGE.split(f"| {first} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in body]


def _pattern(name: str) -> str:
    return re.sub("METHOD|ROUTE|EVENT|FIGURES|WORD", lambda word: _WORDS[word[0]], name)


SPANS = {
    (_pattern(name.strip("`")), kind): set(re.findall(r"`([^`]+)`", attributes))
    for name, kind, attributes, _ in table("Span")
}
ATTRIBUTES = {row[0].strip("`") for row in table("Attribute")}
RESOURCE = {row[0].strip("`") for row in table("Resource attribute")}
