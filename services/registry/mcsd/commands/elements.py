"""Refusals of the commands point at the elements of the resource in place of registry's own fields."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from shared.errors import Problem

_ELEMENTS = {
    "/birth_year": "/birthDate",
    "/external_id": "/identifier/0/value",
    "/family_name": "/name/0/family",
    "/latitude": "/position",
    "/level": "/type",
    "/manager_post_id": "/extension",
    "/parent": "/partOf",
    "/person_id": "/practitioner",
    "/primary": "/extension",
    "/query/system": "/identifier",
    "/role_code": "/code",
    "/unit_code": "/organization",
    "/valid_from": "/period/start",
    "/valid_to": "/period/end",
    "/value": "/identifier",
}


@contextmanager
def pointing_at(kind: str) -> Iterator[None]:
    """Let refusals in the block name elements of a `kind`."""
    try:
        yield
    except Problem as problem:
        problem.errors = [
            replace(error, pointer=f"/{kind}{_ELEMENTS[error.pointer]}")
            if error.pointer in _ELEMENTS
            else error
            for error in problem.errors
        ]
        raise
