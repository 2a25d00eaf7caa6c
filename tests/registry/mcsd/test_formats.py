"""JSON and XML in and out, and what is broken refused without a word of it."""

import base64
import gzip
import io
from typing import Any

import orjson
import pytest
from fhir.resources.R4B import get_fhir_model_class

from tests.registry.builders import hired
from tests.registry.mcsd.asking import FHIR, found, outcome
from tests.registry.mcsd.test_attacks import ward
from tests.registry.mcsd.test_feed import location, sent
from tests.served import Answer
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
XML = {"Content-Type": "application/fhir+xml"}
JSON = {"Content-Type": "application/fhir+json"}
AS_JSON = {"Accept": "application/fhir+json"}
AS_XML = {"Accept": "text/html;q=0.9, application/fhir+xml"}
NS = 'xmlns="http://hl7.org/fhir"'
SECRET = "Wambui-the-secret"


@pytest.mark.parametrize(
    "path",
    ["Location", "Organization", "OrganizationAffiliation", "Practitioner", "PractitionerRole",
     "Location/E1A", "Location/_history", "PractitionerRole/_history"],
)  # fmt: skip
async def test_xml_says_what_json_says_and_both_are_fhir(registry, path):
    await hired(registry, "E1A", {"family_name": "O'Neil & <Söhne>", "phone": "+232 76 000 001"})

    async def both() -> tuple[Answer, Answer] | None:
        """In both forms, with nothing changed in between."""
        forms = (AS_JSON, AS_XML, AS_JSON)
        before, xml, after = [await registry.get(f"{FHIR}/{path}", headers=form) for form in forms]
        return (before, xml) if before.body == after.body else None

    plain, xml = await wait_for(both)
    assert xml.headers["Content-Type"] == "application/fhir+xml; charset=utf-8"
    model = get_fhir_model_class(plain.json["resourceType"])
    from_json = model.model_validate(plain.json).model_dump()
    for link in (from_json, read := model.model_validate_xml(xml.body).model_dump()):
        link.pop("meta", None)  # instants are written alike and read with other zones
    assert str(read).replace("+00:00", "Z") == str(from_json).replace("+00:00", "Z")


async def test_which_form_is_asked_for(registry):
    for asked, kind in (
        ("json", "json"),
        ("xml", "xml"),
        ("application/fhir+xml", "xml"),
        ("text/xml", "xml"),
    ):
        answer = await registry.get(f"{FHIR}/Location/SL?_format={asked}", headers={"Accept": "*/*"})
        assert answer.headers["Content-Type"].startswith(f"application/fhir+{kind}")
    refused = await registry.get(f"{FHIR}/Location/SL?_format=turtle")
    assert outcome(refused) == (406, "format-unsupported")
    refused = await registry.get(f"{FHIR}/Location/SL", headers={"Accept": "text/html"})
    assert outcome(refused) == (406, "format-unsupported")
    missing = await registry.get(f"{FHIR}/Location/NO", headers={"Accept": "application/fhir+xml"})
    get_fhir_model_class("OperationOutcome").model_validate_xml(missing.body)


async def test_a_practitioner_comes_as_xml(registry):
    body = f"""<Practitioner {NS}><identifier><system value="urn:steward:source-system:local"/>
        <value value="x-1"/></identifier><name><family value="Kamara"/><given value="A"/></name></Practitioner>"""
    created = await registry.post(f"{FHIR}/Practitioner", data=body, headers=XML)
    assert created.status == 201, created.body
    assert await found(registry, "Practitioner", identifier="x-1") == [created.json["id"]]


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
BROKEN_XML = {
    "billion laughs": f'{LAUGHS}<Practitioner {NS}><name><text value="&j;"/></name></Practitioner>',
    "entity of a file": f'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><Practitioner {NS}><name>'
    '<text value="&f;"/></name></Practitioner>',
    "definition elsewhere": f'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><Practitioner {NS}/>',
    "definition in UTF-16": f'<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x><Practitioner {NS}/>'.encode(
        "utf-16"
    ),
    "definition in UTF-7": '<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x [+ADwAIQ-ENTITY b "ha">]>'
    f'<Practitioner {NS}><name><family value="a+ACY-b;"/></name></Practitioner>',
    "deep": f"<Practitioner {NS}>{'<extension>' * 100}{'</extension>' * 100}</Practitioner>",
    "very deep": f"<Practitioner {NS}>{'<a>' * 50_000}",
    "NUL": f'<Practitioner {NS}><name><family value="a\0b"/></name></Practitioner>',
    "another encoding": f'<?xml version="1.0" encoding="UTF-8"?><Practitioner {NS}><name><family value="é"/>'
    "</name></Practitioner>".encode("latin-1"),
    "no such encoding": f'<?xml version="1.0" encoding="X-NONE"?><Practitioner {NS}/>',
    "no namespace": '<Practitioner><name><family value="a"/></name></Practitioner>',
    "another resource": f"<Patient {NS}/>",
    "unknown element": f'<Practitioner {NS}><secret value="{SECRET}"/></Practitioner>',
    "lone surrogate": f'<Practitioner {NS}><name><family value="a&#xD800;b"/></name></Practitioner>',
    "surrogate in UTF-8": f'<Practitioner {NS}><name><family value="'.encode()
    + b'\xed\xa0\x80"/></name></Practitioner>',
    "parameter entity": f'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p">%p;]><Practitioner {NS}/>',
    "included": f'<Practitioner {NS} xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd"/>'
    "</Practitioner>",
    "many attributes": f"<Practitioner {NS} " + " ".join(f'a{n}="1"' for n in range(90_000)) + "/>",
    "half": f"<Practitioner {NS}><name>",
    "script": f'<Practitioner {NS}><text><div xmlns="http://www.w3.org/1999/xhtml"><script>{SECRET}',
    "nothing": "",
    "JSON": "{}",
}
BROKEN_JSON = {
    "lone surrogate": rb'{"resourceType":"Practitioner","name":[{"family":"\ud800"}]}',
    "NUL": rb'{"resourceType":"Practitioner","name":[{"family":"a\u0000b"}]}',
    "NUL elsewhere": rb'{"resourceType":"Practitioner","name":[{"family":"a","text":"\u0000"}]}',
    "deep": b'{"resourceType":"Practitioner","extension":' + b"[" * 5000,
    "wrong type": f'{{"resourceType":"Practitioner","name":"{SECRET}"}}'.encode(),
    "unknown": f'{{"resourceType":"Practitioner","{SECRET}":1,"name":[{{"family":"a"}}]}}'.encode(),
    "a list": b"[]",
    "a number": b"1e999",
    "NaN": b'{"resourceType":"Practitioner","active":NaN}',
    "not UTF-8": b'{"resourceType":"Practitioner","name":[{"family":"\xe9"}]}',
    "nobody": b'{"resourceType":"Practitioner"}',
    "blank name": '{"resourceType":"Practitioner","name":[{"family":"\u2800"}]}'.encode(),
    "controls in a name": b'{"resourceType":"Practitioner","name":[{"family":"a\\u202eb"}]}',
    "long": b'{"resourceType":"Practitioner","name":[{"family":"' + b"a" * 300 + b'"}]}',
    "contained": b'{"resourceType":"Practitioner","contained":[{}],"name":[{"family":"a"}]}',
    "no year": b'{"resourceType":"Practitioner","name":[{"family":"a"}],"birthDate":"0001"}',
    "phone": (
        '{"resourceType":"Practitioner","name":[{"family":"a"}],"telecom":'
        f'[{{"system":"phone","value":"{SECRET}"}}]}}'
    ).encode(),
}


@pytest.mark.parametrize("name", BROKEN_XML)
async def test_broken_xml_is_refused(registry, name):
    body = BROKEN_XML[name]
    data = body if isinstance(body, bytes) else body.encode()
    refused = await registry.post(f"{FHIR}/Practitioner", data=data, headers=XML)
    assert (outcome(refused)[0], SECRET.encode() in refused.body) == (422, False), refused.body


async def test_broken_xml_is_refused_wherever_something_is_sent(registry):
    """Every kind, by POST, by PUT and in a bundle: each is read by the same parser, with a word of nothing."""
    for kind in ("Location", "Organization", "OrganizationAffiliation", "HealthcareService", "Endpoint",
                 "Practitioner", "PractitionerRole", "Bundle"):  # fmt: skip
        for name, body in BROKEN_XML.items():
            data = body if isinstance(body, bytes) else body.encode()
            if name not in ("definition in UTF-16", "another resource"):
                data = data.replace(b"Practitioner", kind.encode())
            paths = [("POST", "")] if kind == "Bundle" else [("POST", f"/{kind}"), ("PUT", f"/{kind}/x-1")]
            for method, path in paths[: 2 if name in ("billion laughs", "NUL", "half") else 1]:
                refused = await registry.call(method, FHIR + path, data=data, headers=XML)
                assert (outcome(refused)[0], SECRET.encode() in refused.body) == (422, False), (kind, name)
    large = io.BytesIO(b"<Location " + NS.encode() + b">" + b" " * (10 << 20))
    assert outcome(await registry.post(f"{FHIR}/Location", data=large, headers=XML)) == (
        413,
        "body-too-large",
    )
    zipped = {**XML, "Content-Encoding": "gzip"}
    bomb = gzip.compress(b"<Location " + NS.encode() + b">" + b" " * (64 << 20))
    answer = await registry.post(f"{FHIR}/Location", data=bomb, headers=zipped)
    assert outcome(answer)[0] in (413, 415, 422), answer.body


@pytest.mark.parametrize("name", BROKEN_JSON)
async def test_broken_json_is_refused(registry, name):
    before = (await registry.get(f"{FHIR}/Practitioner?_summary=count")).json["total"]
    refused = await registry.post(f"{FHIR}/Practitioner", data=BROKEN_JSON[name], headers=JSON)
    assert (outcome(refused)[0], SECRET.encode() in refused.body) == (422, False), refused.body
    assert (await registry.get(f"{FHIR}/Practitioner?_summary=count")).json["total"] == before


async def test_what_is_too_large_or_no_resource_at_all(registry):
    large = await registry.post(
        f"{FHIR}/Practitioner", data=io.BytesIO(b"[" + b" " * (10 << 20)), headers=JSON
    )
    assert outcome(large) == (413, "body-too-large")
    other = await registry.post(f"{FHIR}/Practitioner", data=b"{}", headers={"Content-Type": "text/csv"})
    assert outcome(other) == (415, "media-type-unsupported")


NARRATIVES = (
    "</div></text><evil/>",
    "<script>alert(1)</script>",
    '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>',
    '<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="x()">a</p></div>',
    '<div xmlns="http://www.w3.org/1999/xhtml"><a href="javascript:x()">a</a></div>',
    '<div xmlns="http://www.w3.org/1999/xhtml"><p>a</div>',
    '<!DOCTYPE d [<!ENTITY a "b">]><div xmlns="http://www.w3.org/1999/xhtml">&a;</div>',
    "<div>no namespace</div>",
)


async def test_a_narrative_says_something_and_does_nothing(registry):
    for div in NARRATIVES:
        told = {"text": {"status": "generated", "div": div}}
        refused = await sent(registry, "Location/told", ward("E1A", **told), "PUT")
        assert outcome(refused) == (422, "malformed"), div
        whole = {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": ward("E1A", **told)}]}
        assert outcome(await sent(registry, "", whole)) == (422, "malformed"), div
    plain = {
        "status": "generated",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p class="a">A &amp; b</p></div>',
    }
    assert (await sent(registry, "Location/told", ward("E1A", text=plain), "PUT")).json["text"] == plain
    xml = await registry.get(f"{FHIR}/Location/told?_format=xml")
    get_fhir_model_class("Location").model_validate_xml(xml.body)


BOUNDARY = "http://hl7.org/fhir/StructureDefinition/location-boundary-geojson"


def boundary(geometry: Any, kind: str = "application/geo+json") -> dict[str, Any]:
    data = base64.b64encode(geometry if isinstance(geometry, bytes) else orjson.dumps(geometry)).decode()
    return {"url": BOUNDARY, "valueAttachment": {"contentType": kind, "data": data}}


async def test_a_boundary_is_geojson_and_stays_with_its_place(registry):
    square = {"type": "Polygon", "coordinates": [[[-11.0, 8.0], [-11.0, 8.1], [-10.9, 8.1], [-11.0, 8.0]]]}
    drawn = boundary(square)
    made = await sent(registry, "Location", location("bounded", extension=[drawn]))
    assert made.json["extension"] == [drawn]
    at = f"/v1/units/{made.json['id']}"
    version = (await registry.get(at)).version
    assert (await registry.patch(at, json={"ownership": "public"}, if_match=f'"{version}"')).status == 200
    shown = (await registry.get(f"{FHIR}/Location/{made.json['id']}")).json["extension"]
    assert shown == [{"url": "urn:steward:fhir:ownership", "valueString": "public"}, drawn]
    for wrong in (
        [boundary(b"{")], [boundary({"type": "Circle"})], [boundary(square, "text/html")], [drawn, drawn],
        [{"url": BOUNDARY, "valueAttachment": {"contentType": "application/geo+json", "url": "file:///etc/passwd"}}],
        [boundary({"type": "Point", "coordinates": [1e9, 0]})], [boundary(b"[" * 20_000)],
    ):  # fmt: skip
        assert outcome(await sent(registry, "Location", location("bad", extension=wrong))) == (
            422,
            "malformed",
        )
    large = {"type": "MultiPoint", "coordinates": [[-11.123456, 8.123456]] * 33_500}
    refused = await sent(registry, "Location", location("large", extension=[boundary(large)]))
    assert outcome(refused) == (422, "too-long")
