"""How an OpenAPI document shows parameters, so that an operation that is tried out untouched is answered."""

from collections.abc import Iterator
from typing import Any

from shared.audit.purposes import HEADER, NEEDED, PURPOSES
from shared.http.request_checks import TAGS

Document = dict[str, Any]


def show(parameter: Document, value: Any) -> None:
    """Show a parameter by a value of its own schema, otherwise by the given one.

    Pages that try operations out send an `example` unless it is taken away. So only what must be sent has one;
    what may be left out is shown in its schema.
    """
    own = parameter["schema"].get("examples") or _choices(parameter["schema"])
    value = own[0] if own else value
    if value is None:
        return
    if parameter.get("required"):
        parameter.setdefault("example", value)
    else:
        parameter["schema"].setdefault("examples", [value])


def command_headers(name: str, problems: list[str]) -> Iterator[Document]:
    """The headers that commands read without FastAPI, known by the problems that they end in."""
    if "412 stale-etag" in problems:
        # What a PUT makes new has no version yet; some actions heed the header without needing it.
        needed = "428 if-match-required" in problems and not name.startswith("PUT ")
        description = 'The ETag of the version that the change is made from, as `"3"`; `*` for any.'
        yield _tags("If-Match", description, "*", required=needed)
    if name.startswith("GET "):
        description = "The ETag of an earlier answer: 304 while the answer would be the same."
        yield _tags("If-None-Match", description, '"3-9a0c5d2b7e41f086"', required=False)
    if "422 purpose-unknown" in problems:
        needed = name in NEEDED
        who_needs = "" if needed else "; some instances need it"
        yield {
            "name": HEADER,
            "in": "header",
            "required": needed,
            "description": f"Why data of a person is used: a code of HL7's PurposeOfUse{who_needs}.",
            "schema": {"type": "string", "enum": list(PURPOSES), "examples": ["HOPERAT"]},
            **({"example": "PATRQT"} if needed else {}),
        }
    if name.startswith("POST ") and "422 idempotency-key-reused" in problems:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "New for every intended change; a repeat gets the first answer again.",
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": 255,
                "examples": ["4f6f2f0a-2b4e-4f8e-8c1e-6a9b7c5d3e43"],
            },
        }


def _tags(header: str, description: str, value: str, *, required: bool) -> Document:
    schema = {"type": "string", "pattern": f"^{TAGS}$"}
    found = {
        "name": header,
        "in": "header",
        "required": required,
        "description": description,
        "schema": schema,
    }
    show(found, value)
    return found


def _choices(schema: Document) -> list[Any]:
    """The values of a parameter that has a few only."""
    return [value for each in (schema, *schema.get("anyOf", ())) for value in each.get("enum", ())]
