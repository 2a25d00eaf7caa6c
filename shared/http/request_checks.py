"""The parts of a request other than its body, checked before its operation runs.

A query parameter is one that the operation has, comes once, and is written in the one form that its schema
shows: `limit=5_0` is no number, `active=yes` no truth value. Headers that ask for something are well formed,
and the operation does what they ask. A body comes only where one is taken. Whatever else is sent is refused
by name instead of ignored: a misspelt filter would answer with everybody.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

from fastapi.dependencies.models import Dependant
from starlette.requests import Request

from shared.errors import FieldError, Invalid
from shared.http.idempotency import idempotency_key

_TAG = r'(?:W/)?"[!#-~]*"'
TAGS = rf"(?:\*|{_TAG}(?:[ \t]*,[ \t]*{_TAG})*)"
_TAGS = re.compile(TAGS)
_PREFERENCES = frozenset(
    {"return=representation", "handling=strict"}
)  # RFC 7240; what every answer does anyway
JSON = "application/json"
ANY = "*/*"
_OWN_JSON = re.compile(r"application/[^ /]+\+json")
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})
_NAMED = 64  # characters of an unknown name that are repeated to its sender

_FORMS = {
    bool: (re.compile("true|false"), "true or false is expected."),
    int: (re.compile("-?[0-9]{1,18}"), "A whole number in digits 0 to 9 is expected."),
}
Form = tuple[re.Pattern[str], str]


class Expected:
    """What one operation takes."""

    def __init__(self, dependant: Dependant, *, safe: bool, conditional: bool, unpacks: bool = False) -> None:
        """Of an operation's parameters; `safe` for reads, `conditional` where it may look at If-Match.

        It `unpacks` a body that comes in gzip, or takes none that is compressed.
        """
        parts = list(_flat(dependant))
        self._query = {field.alias: _form(field) for part in parts for field in part.query_params}
        self._path = {field.alias: _form(field) for part in parts for field in part.path_params}
        self._safe, self._conditional = safe, conditional
        self._codings = ("identity", "gzip") if unpacks else ("identity",)

    def check(self, request: Request) -> None:
        """Raises Invalid `input-invalid` or `idempotency-key-malformed`."""
        idempotency_key(request)
        errors = [*self._parameters(request), *self._headers(request)]
        if errors:
            raise Invalid("input-invalid", "The input is wrong; see errors.", errors)

    def _parameters(self, request: Request) -> Iterator[FieldError]:
        for name, form in self._path.items():
            yield from _misread(f"/path/{name}", form, str(request.path_params.get(name, "")))
        if not request.scope["query_string"]:
            return
        seen: set[str] = set()
        for name, value in request.query_params.multi_items():
            pointer = f"/query/{_escaped(name)}"
            if name not in self._query:
                yield FieldError(pointer, "unknown", "The operation has no such parameter.")
            elif name in seen:
                yield FieldError(pointer, "repeated", "The parameter comes more than once.")
            else:
                seen.add(name)
                yield from _misread(pointer, self._query[name], value)

    def _headers(self, request: Request) -> Iterator[FieldError]:
        asked = {name for name, _ in request.scope["headers"]} & _ASKING
        for name, shown, taken in (
            (b"if-match", "If-Match", self._conditional and not self._safe),
            (b"if-none-match", "If-None-Match", self._safe),
        ):
            if name in asked and not taken:
                yield not_taken(shown)
            elif name in asked and not _TAGS.fullmatch(_joined(request, shown)):
                yield FieldError(f"/header/{shown}", "malformed", 'Send entity tags such as "3", or *.')
        if b"prefer" in asked:
            wishes = {wish.strip().lower() for wish in re.split("[,;]", _joined(request, "Prefer"))}
            if not wishes <= _PREFERENCES:
                yield not_taken("Prefer")
        if b"content-encoding" in asked and _joined(request, "Content-Encoding").lower() not in self._codings:
            yield not_taken("Content-Encoding")


_ASKING = frozenset({b"if-match", b"if-none-match", b"prefer", b"content-encoding"})


def check_media_type(request: Request, media: str) -> None:
    """Whether a body is of a type of `media`, such as `a/b, a/c`, and in UTF-8. Raises Invalid `media-type`.

    JSON may come under a name of its own, as `application/scim+json`. Where nothing is sent there is no type.
    """
    if media == ANY or _sends_nothing(request):
        return
    given, *parameters = (part.strip().lower() for part in request.headers.get("content-type", "").split(";"))
    taken = media.split(", ")
    fits = given in taken or (JSON in taken and _OWN_JSON.fullmatch(given) is not None)
    charsets = {part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset=")}
    if not fits or not charsets <= _CHARSETS:
        error = FieldError("/header/Content-Type", "media-type", f"Send {media}, in UTF-8.")
        raise Invalid("media-type", "The body has another media type.", [error])


def _sends_nothing(request: Request) -> bool:
    return request.headers.get("content-length", "0") == "0" and "transfer-encoding" not in request.headers


async def check_no_body(request: Request) -> None:
    """Raises Invalid `input-invalid` where something is sent to an operation that takes nothing.

    `{}` says nothing, and some clients cannot send less.
    """
    if _sends_nothing(request):
        return
    start = b""
    async for chunk in request.stream():
        start = (start + chunk).strip()
        if not b"{}".startswith(start):
            error = FieldError("", "unknown", "The operation takes no body.")
            raise Invalid("input-invalid", "The input is wrong; see errors.", [error])


def not_taken(header: str) -> FieldError:
    """A header that asks for what the operation does not do."""
    return FieldError(f"/header/{header}", "not-taken", "The operation does not do what the header asks for.")


def _flat(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for part in dependant.dependencies:
        yield from _flat(part)


def _form(field: Any) -> Form | None:
    """The one form in which a parameter's value is written, where its type has one."""
    for kind in _kinds(field.field_info.annotation):
        if kind in _FORMS:
            return _FORMS[kind]
    return None


def _kinds(annotation: Any) -> Iterable[Any]:
    """The types that an annotation allows, without their metadata."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return [kind for part in inner for kind in _kinds(part)]
    if origin is not None and hasattr(annotation, "__metadata__"):
        return _kinds(inner[0])
    return [annotation]


def _misread(pointer: str, form: Form | None, value: str) -> Sequence[FieldError]:
    if form is None or form[0].fullmatch(value):
        return ()
    return [FieldError(pointer, "malformed", form[1])]


def _joined(request: Request, header: str) -> str:
    return ",".join(request.headers.getlist(header)).strip()


def _escaped(name: str) -> str:
    return name[:_NAMED].replace("~", "~0").replace("/", "~1")
