"""A class with one method for each operation, and a second one for each list that reads all of its pages."""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from keyword import iskeyword

from deploy.contracts.client_code.api_document import Document

HEAD = '''"""Every operation of the API. Made by `make client`; do not change it by hand."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any, Literal

from steward_client.bodies import Lines, Text
from steward_client.generated import models
from steward_client.transport import Transport, step


class Operations(Transport):
    """The operations, named by method and path. All raise Problem."""
'''
BY_HAND = "text/event-stream"  # a client follows such an operation, see `Client.event_stream`
OWN = frozenset({"self", "json", "lines", "content", "idempotency_key"})  # what a method names by itself
CSV = "text/csv"
NDJSON = "application/x-ndjson"
WIDTH = 104  # of a docstring's line
PLACES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a method."""

    name: str  # as the API has it
    place: str
    kind: str
    required: bool

    @property
    def python(self) -> str:
        """Its name in Python: another one where the method has that name already."""
        return f"{self.name}_" if self.name in OWN or iskeyword(self.name) else self.name

    @property
    def written(self) -> str:
        """As a parameter of Python."""
        return f"{self.python}: {self.kind}" if self.required else f"{self.python}: {self.kind} | None = None"


def source(document: Document) -> str:
    """The module of a reduced document."""
    parts = [HEAD]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if any(BY_HAND in answer["content"] for answer in operation["responses"].values()):
                continue
            parts.append(_method(method, path, operation))
            if (body := operation.get("requestBody", {})).get("line") and CSV in body["content"]:
                parts.append(_method(method, path, _as_csv(operation)))
            if item_type := _item(document, operation):
                parts.append(_list(path, operation, item_type))
    return "\n".join(parts)


def _method(method: str, path: str, operation: Document) -> str:
    parameters = _parameters(operation)
    options = [_query(parameters)] if any(each.place == "query" for each in parameters) else []
    required, optional = _body(operation)
    options += [
        f"{name}={name}" for name in ("json", "lines", "content") if f"{name}:" in f"{required}{optional}"
    ]
    if "content=content" in options:
        options.append(f'content_type="{CSV}"')
    named = list(_keywords(parameters))
    if any(each.place == "header" for each in parameters):
        options.append("if_match=if_match")
    if operation["keyed"]:
        named.append("idempotency_key: str | None = None")
        options += ["idempotency_key=idempotency_key", "keyed=True"]
    positional = [each.written for each in parameters if each.place == "path"] + required + optional
    kind = _answer(operation)
    sent = f"({', '.join([repr(method.upper()), _path(path), *options])})"
    body = [f"answer: {kind} = await self.call{sent}", "return answer"]
    if kind == "None":
        body = [f"await self.call{sent}"]
    elif kind == "bytes":
        body = [f"return (await self.send{sent}).body"]
    return _defined(
        "async def", operation["operationId"], positional, named, kind, _documented(operation), body
    )


def _as_csv(operation: Document) -> Document:
    """The operation whose lines may also come as a table, with that body."""
    body = {"required": True, "content": {CSV: operation["requestBody"]["content"][CSV]}}
    return {**operation, "operationId": f"{operation['operationId']}_csv", "requestBody": body}


def _list(path: str, operation: Document, item: str) -> str:
    parameters = [each for each in _parameters(operation) if each.name != "cursor"]
    name = operation["operationId"].replace("get_", "all_", 1)
    positional = [each.written for each in parameters if each.place == "path"]
    query = _query(parameters).removeprefix("query=")
    about = f'"""Every item of `{operation["operationId"]}`, page by page; `limit` items are asked for at once."""'
    body = [f"return self.pages({_path(path)}, {query})"]
    kind = f"AsyncIterator[{item}]"
    named = ["limit: int = 200" if each.startswith("limit:") else each for each in _keywords(parameters)]
    return _defined("def", name, positional, named, kind, about, body)


def _defined(
    begin: str, name: str, positional: list[str], named: list[str], kind: str, about: str, body: list[str]
) -> str:
    parameters = ", ".join(["self", *positional, *(["*", *named] if named else [])])
    lines = [f"{begin} {name}({parameters}) -> {kind}:", textwrap.indent(about, "    ")]
    lines += [f"    {line}" for line in body]
    return textwrap.indent("\n".join(lines), "    ") + "\n"


def _parameters(operation: Document) -> list[Parameter]:
    found = []
    for each in operation["parameters"]:
        if each["in"] == "header":
            found.append(Parameter("if_match", "header", "int | str", each.get("required", False)))
        else:
            kind = "str" if each["in"] == "path" else _kind(each["schema"])
            kind = "int" if each["in"] == "path" and each["schema"].get("type") == "integer" else kind
            found.append(Parameter(each["name"], each["in"], kind, each.get("required", False)))
    return found


def _keywords(parameters: list[Parameter]) -> Iterator[str]:
    """Those of query and headers, what must be given first."""
    for each in sorted(parameters, key=lambda each: not each.required):
        if each.place != "path":
            yield each.written


def _query(parameters: list[Parameter]) -> str:
    names = [f"{each.name!r}: {each.python}" for each in parameters if each.place == "query"]
    return f"query={{{', '.join(names)}}}"


def _kind(schema: Document) -> str:
    """The type of a parameter of a query."""
    if "enum" in schema:
        return f"Literal[{', '.join(map(repr, schema['enum']))}]"
    if choices := schema.get("anyOf"):
        kinds = [_kind(each) for each in choices if each != {"type": "null"}]
        return " | ".join(dict.fromkeys(kinds))
    if "$ref" in schema:
        return f"models.{schema['$ref'].rpartition('/')[2]}"
    if schema.get("format") == "date":
        return "date | str"
    return PLACES[schema["type"]]


def _body(operation: Document) -> tuple[list[str], list[str]]:
    """The parameters of the body: what must be given, and what may be left out."""
    body = operation.get("requestBody")
    if body is None:
        return [], []
    if line := body.get("line"):
        return [f"lines: Lines[models.{line}]"], []
    schema = body["content"].get("application/json", {}).get("schema")
    if schema is None:
        return ["content: Text"], []
    kind = _model(schema)
    return ([f"json: {kind}"], []) if body["required"] else ([], [f"json: {kind} | None = None"])


def _answer(operation: Document) -> str:
    """What a method returns: what is no JSON as it comes, and anything where the document says nothing."""
    kinds: set[str] = set()
    for status, each in operation["responses"].items():
        kinds |= {
            _model(media["schema"]) if kind.endswith("json") and kind != NDJSON else "bytes"
            for kind, media in each["content"].items()
        }
        kinds |= set() if each["content"] else {"None" if status == "204" else "Any"}
    return "Any" if "Any" in kinds else " | ".join(sorted(kinds))


def _model(schema: Document) -> str:
    if "$ref" in schema:
        return f"models.{schema['$ref'].rpartition('/')[2]}"
    if choices := schema.get("anyOf"):
        return " | ".join("None" if each == {"type": "null"} else _model(each) for each in choices)
    if schema.get("type") == "array":
        return f"list[{_model(schema['items'])}]"
    return "dict[str, Any]"


def _item(document: Document, operation: Document) -> str | None:
    """The type of a list's items; None of what is no list with pages."""
    name = _answer(operation).removeprefix("models.")
    fields = document["components"]["schemas"].get(name, {}).get("properties", {})
    paged = any(each["name"] == "cursor" for each in operation["parameters"])
    return _model(fields["items"]["items"]) if paged and {"items", "next"} <= fields.keys() else None


def _path(path: str) -> str:
    written = re.sub(r"{(.+?)}", r"{step(\1)}", path)
    return f'f"{written}"' if written != path else f'"{path}"'


def _documented(operation: Document) -> str:
    """Summary and description, wrapped, as a docstring."""
    summary = operation["summary"].rstrip(".") + "."
    described = [" ".join(each.split()) for each in operation["description"].split("\n\n")]
    paragraphs = described if described[0].startswith(summary) else [summary, *described]
    text = "\n\n".join(textwrap.fill(each, WIDTH - 4) for each in paragraphs).replace("\\", "\\\\")
    return f'"""{text}\n"""' if "\n" in text else f'"""{text}"""'
