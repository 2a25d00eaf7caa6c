"""A body is what its headers say, or it is refused by name: no operation reads one otherwise than it was meant."""

import gzip

import pytest
from starlette.requests import Request

from shared.errors import Invalid
from shared.http.request_checks import check_media_type

NOTE = b'{"text": "one"}'


async def refused(clean, path: str, data: bytes, headers: dict[str, str]) -> tuple[str, str]:
    """Code and pointer of the refusal."""
    answer = await clean.client.post(path, data=data, headers=headers)
    assert answer.status == 422
    assert await clean.notes() == []
    return answer.code, answer.json["errors"][0]["pointer"]


@pytest.mark.parametrize(
    "sent",
    ["text/plain", "text/csv", "application/x-www-form-urlencoded", "application/jsonp", "text/json", ""],
)
async def test_another_media_type_is_refused_by_name(clean, sent):
    assert await refused(clean, "/v1/notes", NOTE, {"Content-Type": sent}) == (
        "media-type",
        "/header/Content-Type",
    )


@pytest.mark.parametrize("charset", ["iso-8859-1", "UTF-16", '"windows-1252"', ""])
@pytest.mark.parametrize(
    ("path", "kind"), [("/v1/notes", "application/json"), ("/v1/notes/lines", "application/octet-stream")]
)
async def test_another_encoding_of_letters_is_refused(clean, path, kind, charset):
    headers = {"Content-Type": f"{kind}; charset={charset}"}
    assert await refused(clean, path, NOTE, headers) == ("media-type", "/header/Content-Type")


@pytest.mark.parametrize("path", ["/v1/notes", "/v1/notes/lines"])
async def test_a_compressed_body_is_refused_and_not_read_as_it_is(clean, path):
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert await refused(clean, path, gzip.compress(NOTE), headers) == (
        "input-invalid",
        "/header/Content-Encoding",
    )


@pytest.mark.parametrize(
    "sent",
    ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"',
     "application/scim+json", "application/json; profile=x"],
)  # fmt: skip
async def test_json_in_utf_8_is_taken_under_each_of_its_names(clean, sent):
    headers = {"Content-Type": sent, "Content-Encoding": "identity"}
    assert (await clean.client.post("/v1/notes", data=NOTE, headers=headers)).status == 201


async def test_a_list_of_another_type_is_refused_before_it_is_received(clean, token):
    hris = clean.client.using(token("hris"))
    answer = await hris.post("/v1/loads", data=b"one\n", headers={"Content-Type": "text/csv"})
    assert (answer.code, answer.json["errors"][0]["detail"]) == (
        "media-type",
        "Send application/octet-stream, in UTF-8.",
    )
    assert (await clean.client.post("/v1/loads", data=b"one\n")).code == "role-missing"


def test_an_operation_may_take_several_types():
    def sent(kind: str) -> Request:
        headers = [(b"content-length", b"2"), (b"content-type", kind.encode())]
        return Request({"type": "http", "headers": headers})

    for kind in ("text/csv", "application/json", "application/scim+json"):
        check_media_type(sent(kind), "text/csv, application/json")
    with pytest.raises(Invalid) as caught:
        check_media_type(sent("text/plain"), "text/csv, application/json")
    assert caught.value.errors[0].detail == "Send text/csv, application/json, in UTF-8."
