"""How much of a request of SCIM is read at all: what the protocol's library reads takes time with its length."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from scim2_models import InvalidFilterException, InvalidPathException, InvalidValueException, PatchOp

LONGEST_FILTER, DEEPEST_FILTER = 4000, 50
LONGEST_PATHS = 1 << 17  # characters of all paths of a request, such as a bulk request of changes
MOST_CHANGES, MOST_VALUES = 100, 600
MOST_ATTRIBUTES = 100  # named by a request; each is looked for in each resource of the answer


def check_size(patch_op: "PatchOp[Any]") -> None:
    """Raises InvalidValueException for more than is applied in a moment: the work grows with the square."""
    operations = patch_op.operations or []
    values = sum(len(each.value) for each in operations if isinstance(each.value, list | dict))
    if len(operations) > MOST_CHANGES or values > MOST_VALUES:
        detail = f"A PATCH has at most {MOST_CHANGES} operations, and {MOST_VALUES} values in them."
        raise InvalidValueException(detail=detail)


def check_search(payload: Any) -> None:
    """Raises InvalidFilterException for what would take long to read, and as `check_attributes`."""
    if not isinstance(payload, Mapping):
        return
    for text in payload.values():
        if isinstance(text, str) and (len(text) > LONGEST_FILTER or text.count("(") > DEEPEST_FILTER):
            detail = f"A filter has at most {LONGEST_FILTER} characters and {DEEPEST_FILTER} brackets."
            raise InvalidFilterException(detail=detail)
    check_attributes(payload)


def check_attributes(asked: Mapping[str, Any]) -> None:
    """Raises InvalidValueException where more attributes are named than a resource has."""
    for name, value in asked.items():
        listed = value.split(",") if isinstance(value, str) and name.lower() != "filter" else value
        if isinstance(listed, list) and len(listed) > MOST_ATTRIBUTES:
            raise InvalidValueException(detail=f"At most {MOST_ATTRIBUTES} attributes may be named.")


def check_paths(body: bytes) -> None:
    """Raises InvalidPathException for paths of changes, of one PATCH or of several in bulk, that are too long."""
    try:
        payload = json.loads(body, parse_int=float)  # numbers of any length: their worth does not count here
    except ValueError:
        return  # the library refuses it
    paths = [len(path) for path in _paths(payload, within=2)]
    if max(paths, default=0) > LONGEST_FILTER or sum(paths) > LONGEST_PATHS:
        detail = f"A path has at most {LONGEST_FILTER} characters, all of a request {LONGEST_PATHS}."
        raise InvalidPathException(detail=detail)


def _paths(value: Any, within: int) -> Iterator[str]:
    """Texts of the operations of a message, whatever the case of their names, and of the messages in them."""
    for name, listed in value.items() if isinstance(value, Mapping) else ():
        if str(name).lower() != "operations" or not isinstance(listed, list):
            continue
        for operation in listed:
            for part, text in operation.items() if isinstance(operation, Mapping) else ():
                if str(part).lower() == "path" and isinstance(text, str):
                    yield text
                elif within > 1:
                    yield from _paths(text, within - 1)
