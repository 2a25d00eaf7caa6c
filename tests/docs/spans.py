"""What docs/operate/traces.md says that Steward sends."""

import re

from tests.docs.pages import rows

PAGE = "operate/traces.md"
_WORDS = {
    "METHOD": "(?:GET|POST|PUT|PATCH|DELETE|HEAD|HTTP)",
    "ROUTE": r"/\S*",
    "EVENT": r"steward\.[a-z]+\.[a-z-]+\.v\d+",
    "FIGURES": "(?:rollups|indicators|totals)",
    "WORD": r"(?!CURSOR)\S+",
}


def _pattern(name: str) -> str:
    return re.sub("METHOD|ROUTE|EVENT|FIGURES|WORD", lambda word: _WORDS[word[0]], name)


SPANS = {
    (_pattern(name.strip("`")), kind): set(re.findall(r"`([^`]+)`", attributes))
    for name, kind, attributes, _ in rows(PAGE, "Span")
}
ATTRIBUTES = {row[0].strip("`") for row in rows(PAGE, "Attribute")}
RESOURCE = {row[0].strip("`") for row in rows(PAGE, "Resource attribute")}
