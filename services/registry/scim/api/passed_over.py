"""Changes of what follows from posts: passed over, as a PUT passes over whatever is read-only.

Identity systems send the manager with every other change in one PATCH, whatever the schema says of it.
"""

import json
from collections.abc import Mapping
from typing import Any

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user"
_NOTHING = {"op": "add", "value": {}}  # a message has an operation at least
_MANAGER = (f"{ENTERPRISE}:manager", "manager")


def without_managers(body: bytes) -> bytes:
    """The body of a PATCH without the operations on `manager`; one that cannot be read stays as it is."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(message, dict):
        return body
    changed = {name: _left(name, value) for name, value in message.items()}
    return body if changed == message else json.dumps(changed).encode()


def _left(name: str, value: Any) -> Any:
    if name.lower() != "operations" or not isinstance(value, list):
        return value
    changed = [_without(each) if isinstance(each, Mapping) else each for each in value]
    left = [each for each in changed if each is not None]
    return left or (value and [_NOTHING])


def _without(operation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """An operation without what it says of the manager, None for one that says nothing else."""
    parts = {name.lower(): name for name in operation}
    path = operation.get(parts.get("path", ""))
    head = path.lower().partition("[")[0] if isinstance(path, str) else ""
    if head in _MANAGER or head.rpartition(".")[0] in _MANAGER:
        return None
    value = operation.get(parts.get("value", ""))
    if head not in ("", ENTERPRISE) or not isinstance(value, Mapping):
        return operation
    return {**operation, parts["value"]: _values(value)}


def _values(value: Mapping[str, Any]) -> dict[str, Any]:
    left = {}
    for name, each in value.items():
        head = name.lower()
        if head in _MANAGER or head.rpartition(".")[0] in _MANAGER:
            continue
        left[name] = _values(each) if head == ENTERPRISE and isinstance(each, Mapping) else each
    return left
