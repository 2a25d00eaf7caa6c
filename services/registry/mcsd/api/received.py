"""A resource out of a body: JSON or XML, judged by the models of FHIR R4B, as a document in one form.

R4B has the resources of mCSD as R4 has them. XML is parsed without entities, definitions of its own or network.
"""

import re
from collections.abc import Iterator
from typing import Any

import orjson
from fastapi import Request
from fhir.resources.R4B import get_fhir_model_class
from lxml import etree
from pydantic import ValidationError

from services.registry.mcsd.api.narrative import is_safe
from shared.errors import FieldError, Invalid, UnsupportedMedia
from shared.fhir.formats import JSON, XML, named
from shared.http.bodies import MAX_DEPTH

Resource = dict[str, Any]
MOST_ERRORS = 20
MOST_ATTRIBUTES = 20  # of an XML element: FHIR has three at most, its narrative some more
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_UNKNOWN = "FHIR R4 does not know an element of it."
_FORBIDDEN = ("implicitRules", "modifierExtension", "contained")  # mCSD takes none of them


async def resource_of(request: Request, kind: str) -> Resource:
    """The resource of a request's body, which must be a `kind`.

    Raises UnsupportedMedia `media-type-unsupported`, Invalid `resource-invalid`.
    """
    form = named(request.headers.get("content-type", ""))
    body = await request.body()
    if form is None:
        raise UnsupportedMedia("media-type-unsupported", f"A resource is {JSON} or {XML}.")
    return _judged(kind, _of_json(body) if form == JSON else _of_xml(kind, body))


def _of_json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _unreadable("The JSON cannot be read.") from None


def _of_xml(kind: str, body: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    if b"<!" in body.replace(b"<!--", b"").replace(
        b"\0", b""
    ):  # in whatever encoding: no definitions, no CDATA
        raise _unreadable("A document type is not taken.")
    try:
        root = etree.fromstring(body, parser)
        if (
            root.getroottree().docinfo.internalDTD is not None
        ):  # in an encoding that hides its signs, as UTF-7
            raise _unreadable("A document type is not taken.")
        if root.tag != f"{{http://hl7.org/fhir}}{kind}" or _too_much(root):
            raise _unreadable(f"A {kind} of at most {MAX_DEPTH} levels is expected.")
        model: Any = get_fhir_model_class(kind)
        return orjson.loads(model.model_validate_xml(body, xmlparser=parser).model_dump_json())
    except Invalid:
        raise
    except ValidationError as error:
        raise _refused(kind, error) from None
    except Exception:  # the models answer wrong XML with errors of many kinds
        raise _unreadable("The XML cannot be read as a resource.") from None


def _too_much(root: etree._Element) -> bool:
    """Whether it is nested too deeply, or an element has many attributes: the parser looks each up among all."""
    level, depth = [root], 0
    while level:
        depth += 1
        if any(len(each.attrib) > MOST_ATTRIBUTES for each in level):
            return True
        level = [child for each in level for child in each]
        if depth > MAX_DEPTH:
            return True
    return False


def _judged(kind: str, document: Any) -> Resource:
    if not isinstance(document, dict) or document.get("resourceType") != kind:
        raise _unreadable(f"A {kind} is expected.")
    if not _printable(document):
        raise _unreadable("Control characters are not taken.")
    for name in _FORBIDDEN:
        if name in document:
            raise _invalid([FieldError(f"/{kind}/{name}", "not-taken", "mCSD does not take it.")])
    try:
        model: Any = get_fhir_model_class(kind)
        judged: Resource = orjson.loads(model.model_validate(document).model_dump_json())
    except ValidationError as error:
        raise _refused(kind, error) from None
    except Exception:
        raise _unreadable("The resource is not as FHIR R4 defines it.") from None
    for at, each in _resources(judged):
        _check(at, each)
    return judged


def _check(at: str, resource: Resource) -> None:
    """Pass for a resource that has what mCSD takes, and a narrative that does nothing."""
    for name in _FORBIDDEN:  # narratives inside of what is contained would come back unseen
        if name in resource:
            raise _invalid([FieldError(f"{at}/{name}", "not-taken", "mCSD does not take it.")])
    if not is_safe(resource):
        detail = "One div of XHTML without scripts or styles is expected."
        raise _invalid([FieldError(f"{at}/text/div", "malformed", detail)])


def _resources(judged: Resource) -> Iterator[tuple[str, Resource]]:
    """A resource, and those of the entries of a bundle, with their places."""
    yield f"/{judged['resourceType']}", judged
    for number, entry in enumerate(judged.get("entry", ()) if judged["resourceType"] == "Bundle" else ()):
        if "resource" in entry:
            yield f"/Bundle/entry/{number}/resource", entry["resource"]


def _printable(value: Any) -> bool:
    """Whether all texts are made of what FHIR allows (2.24.0.1): no control characters but tab and line ends."""
    if isinstance(value, str):
        return _CONTROL.search(value) is None
    if isinstance(value, dict):
        return all(_printable(key) and _printable(each) for key, each in value.items())
    return all(_printable(each) for each in value) if isinstance(value, list) else True


def _refused(kind: str, error: ValidationError) -> Invalid:
    """What the model says of each element, without what was sent."""
    found: dict[str, str] = {}
    for each in error.errors(include_input=False, include_context=False, include_url=False):
        unknown = each["type"] == "extra_forbidden"  # its name is the sender's, who knows it
        place = each["loc"][:-1] if unknown else each["loc"]
        at = "/".join(("", kind, *(str(part).replace("/", "~1")[:64] for part in place)))
        found[at] = _UNKNOWN if unknown else "The element is not as FHIR R4 defines it."
    return _invalid([FieldError(at, "malformed", why) for at, why in list(found.items())[:MOST_ERRORS]])


def _unreadable(detail: str) -> Invalid:
    return _invalid([FieldError("", "malformed", detail)])


def _invalid(errors: list[FieldError]) -> Invalid:
    return Invalid("resource-invalid", "The resource is not taken; see the issues.", errors)
