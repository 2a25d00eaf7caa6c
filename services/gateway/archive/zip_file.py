"""An archive as a file: pages that a browser opens, and the same as data, in a zip."""

import html
import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from services.gateway.archive.collecting import Section, sizes

_STYLE = (
    "body{font:16px sans-serif;margin:2em;max-width:60em}table{border-collapse:collapse;margin:0 0 1.5em}"
)
_CELLS = "th,td{border:1px solid #bbb;padding:.2em .5em;text-align:left;vertical-align:top}"
_LEFT_OUT = (
    "Not in here, since it is about others: who rated you, what each of them answered, and who read what when. "
    "Of those whom you rated there are your own answers."
)
_AS_A_RATER = " Nor is what you did as a rater: you alone can ask for that, by a sign-in of your own."


def written(sections: Sequence[Section], made_at: str, *, by_officer: bool = False) -> bytes:
    """The zip: `index.html` with the contents, a page and a JSON file for each section, and `contents.json`."""
    file = io.BytesIO()
    left_out = _LEFT_OUT.partition(" Of those")[0] + _AS_A_RATER if by_officer else _LEFT_OUT
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.html", _index(sections, made_at, left_out))
        contents = {"made_at": made_at, "files": sizes(sections), "left_out": left_out}
        archive.writestr("contents.json", orjson.dumps(contents, option=orjson.OPT_INDENT_2))
        for section in sections:
            archive.writestr(f"{section.name}.html", _page(section))
            data = orjson.dumps(section.items, option=orjson.OPT_INDENT_2)
            archive.writestr(f"data/{section.name}.json", data)
    return file.getvalue()


def _index(sections: Sequence[Section], made_at: str, left_out: str) -> str:
    rows = "".join(
        f'<tr><td><a href="{each.name}.html">{html.escape(each.title)}</a></td><td>{len(each.items)}</td>'
        f'<td><a href="data/{each.name}.json">data</a></td></tr>'
        for each in sections
    )
    head = "<tr><th>What</th><th>Entries</th><th></th></tr>"
    return _document(
        "What Steward has of you",
        f"<p>Made at {html.escape(made_at)}.</p><table>{head}{rows}</table><p>{html.escape(left_out)}</p>",
    )


def _page(section: Section) -> str:
    cut = "<p>There are more entries than a file takes: the API has all of them.</p>" if section.cut else ""
    body = "".join(_entry(item) for item in section.items) or "<p>Nothing.</p>"
    return _document(section.title, f'<p><a href="index.html">Contents</a></p>{cut}{body}')


def _entry(item: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><th>{html.escape(name.replace('_', ' '))}</th><td>{html.escape(text)}</td></tr>"
        for name, text in _fields(item)
    )
    return f"<table>{rows}</table>"


def _fields(item: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in item.items():
        if isinstance(value, dict):
            yield from _fields(value, f"{above}{name}: ")
        elif value is not None:
            text = value if isinstance(value, str) else orjson.dumps(value).decode()
            yield f"{above}{name}", text


def _document(title: str, body: str) -> str:
    name = html.escape(title)
    head = f'<meta charset="utf-8"><title>{name}</title><style>{_STYLE}{_CELLS}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body><h1>{name}</h1>{body}</body></html>'
