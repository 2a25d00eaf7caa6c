"""CSV as people have it: delimiters, encodings, quotes, headers in two languages, days in a form that is named."""

import io

import pytest

from tests.registry.builders import hired, person, source_client

CSV = {"Content-Type": "text/csv"}


async def load(client, text, kind="people", encoding="utf-8", **params):
    body = text if isinstance(text, bytes) else text.encode(encoding)
    return await client.post(f"/v1/imports/{kind}", data=io.BytesIO(body), headers=CSV, params=params)


async def named(client, external_id):
    (found,) = (await client.get("/v1/people", params={"external_id": external_id})).json["items"]
    return found


@pytest.mark.parametrize(
    ("encoding", "delimiter", "found"),
    [
        ("utf-8", ",", "utf-8"),
        ("utf-8-sig", ";", "utf-8 with a byte order mark"),
        ("utf-16", "\t", "utf-16"),
        ("utf-16-le", "|", "utf-16"),
        ("cp1252", ";", "cp1252"),
    ],
)
async def test_encodings_are_found_and_stated(registry, encoding, delimiter, found):
    key = f"00{encoding}"
    rows = [
        ["Matricule", "Nom", "Prénom", "Sexe", "Année de naissance"],
        [key, "N’Guessan", "Zoé", "F", "1984"],
    ]
    text = "\r\n".join(delimiter.join(row) for row in rows) + "\r\n"
    report = (await load(registry, text, encoding=encoding)).json
    assert (report["created"], report["rejected"], report["encoding"]) == (1, [], found)
    assert report["columns"] == {
        "external_id": "Matricule", "family_name": "Nom", "given_name": "Prénom", "sex": "Sexe",
        "birth_year": "Année de naissance",
    }  # fmt: skip
    one = await named(registry, key)
    assert [one[name] for name in ("family_name", "given_name", "sex", "birth_year")] == [
        "N’Guessan", "Zoé", "female", 1984,
    ]  # fmt: skip
    assert (await load(registry, text, encoding=encoding)).json["unchanged"] == 1


async def test_an_encoding_can_be_stated(registry):
    text = "Staff number,Surname\nstated-1,Zoé\n"
    report = (await load(registry, text, encoding="cp1252")).json
    assert report["encoding"] == "cp1252"
    body = text.encode("cp1252")
    said = await registry.post("/v1/imports/people?encoding=utf-8", data=body, headers=CSV)
    assert [(each["line"], each["code"]) for each in said.json["rejected"]] == [(2, "encoding-wrong")]
    wrong = await registry.post("/v1/imports/people?encoding=utf-16", data=body[:-1], headers=CSV)
    assert (wrong.status, wrong.code) in {(422, "encoding-wrong"), (422, "column-missing")}


async def test_one_wrong_byte_makes_no_other_encoding_of_a_file_in_utf_8(registry):
    text = "Staff number,Surname\nbyte-1,Zoé\nbyte-2,Andr".encode() + b"\xe9\nbyte-3,Kamara\n"
    report = (await load(registry, text)).json
    assert (report["encoding"], report["created"]) == ("utf-8", 2)
    assert [(each["line"], each["code"]) for each in report["rejected"]] == [(3, "encoding-wrong")]
    assert (await named(registry, "byte-1"))["family_name"] == "Zoé"


@pytest.mark.parametrize("header", ["Localité".encode() + b"\xe9", b"a\0b"])
async def test_a_header_that_no_text_can_be_is_shown_as_well_as_it_can(registry, header):
    body = b"Staff number,Surname," + header + b"\n" + repr(header).encode() + b",Kamara,x\n"
    report = (await load(registry, body)).json
    assert report["created"] == 1
    assert "\ufffd" in report["unused_headers"][0]
    assert (await load(registry, header + b",Surname\n")).code == "column-missing"


async def test_cells_as_spreadsheets_write_them(registry):
    text = (
        'sep=;\nStaff of 2026\n\nStaff number;Surname;Cadre;Shoe size;Phone\n'
        '="0047";"Kamara\nConteh";Nurse;42;\n'
        '0048; Sesay ;#REF!;;\n'
        '0049;"O""Neill";"Nurse; Midwife";;\n'
        '\n'
        '0050;Half\n'
        '0051;More;Nurse;1;2;3\n'
        '0052;"open;Nurse;1;2\n'
        '0053;After;Nurse;1;+232 76 1\n'
    )  # fmt: skip
    report = (await load(registry, text)).json
    found = {each["line"]: (each["code"], each["pointer"]) for each in report["rejected"]}
    assert found == {
        4: ("control-character", "/family_name"), 5: ("cell-error", "/cadre"), 8: ("cells-too-few", ""),
        9: ("cells-too-many", ""), 10: ("quote-malformed", ""),
    }  # fmt: skip
    assert (report["received"], report["created"], report["header_line"]) == (7, 2, 3)
    assert report["unused_headers"] == ["Shoe size"]
    assert (await named(registry, "0049"))["cadre"] == "Nurse; Midwife"


async def test_days_come_in_the_form_that_is_named(registry, token):
    client = await source_client(registry, token, "csv-days")
    assert (await load(client, "Matricule,Nom\n7,Kamara\n")).json["created"] == 1
    header = "Post number,Matricule,Facility code,Role,Date de début,Interim\n"
    posts = f"{header}p-7,7,E1A,ward-manager,03/04/2024,Non\n"
    without = (await load(client, posts, "posts")).json
    assert [(each["code"], each["pointer"]) for each in without["rejected"]] == [
        ("field-wrong", "/valid_from")
    ]
    named_form = await client.post(
        "/v1/imports/posts", data=posts.encode(), headers=CSV, params={"dates": "DD/MM/YYYY"}
    )
    assert named_form.json["created"] == 1
    (held,) = (await client.get("/v1/posts?external_id=p-7")).json["items"]
    assert (held["valid_from"], held["acting"]) == ("2024-04-03", False)
    unknown = await client.post("/v1/imports/posts?dates=DD/MM", data=posts.encode(), headers=CSV)
    assert (unknown.status, unknown.code) == (422, "dates-unknown")
    leaving = "Matricule;Date de départ;Motif\n7;31.12.2026;retired\n"
    left = await client.post("/v1/imports/leavers?dates=DD.MM.YYYY", data=leaving.encode(), headers=CSV)
    assert left.json["updated"] == 1, left.json


async def test_a_system_has_a_form_of_its_own(registry, token):
    client = await source_client(registry, token, "csv-form")
    text = "No;Agent;Métier\n12;Kamara;Sage-femme\n".encode("cp1252")
    refused = await load(client, text)
    assert (refused.status, refused.code) == (422, "column-missing")
    form = {"columns": {"external_id": "No", "family_name": "Agent", "cadre": "Métier"}, "delimiter": ";"}
    at, admin = "/v1/source-systems/csv-form/forms/people", registry.using(token("ops"))
    assert (await admin.get(at)).json == {"columns": {}, "dates": None, "delimiter": None, "encoding": None}
    assert (await client.put(at, json=form, if_match='"0"')).code == "role-missing"
    assert (await admin.put(at, json=form, if_match='"0"')).status == 200
    assert (await admin.put(at, json=form, if_match='"0"')).code == "stale-etag"
    report = (await load(client, text)).json
    assert (report["created"], report["columns"]["cadre"]) == (1, "Métier")
    other = await load(client, text, mapping='{"cadre": "Nope"}')
    assert (other.status, other.code) == (422, "mapping-wrong")


async def test_a_wrong_headed_or_cut_off_file_deactivates_nobody(registry, token):
    client = await source_client(registry, token, "csv-full", units=("SL",))
    text = "Matricule,Nom\n" + "".join(f"full-{number},Kamara\n" for number in range(6))
    assert (await load(client, text)).json["created"] == 6
    for body, code in (
        ("Post number,Role\nx,y\n", "column-missing"),
        ("Nom,Matricule\n" + text.partition("\n")[2], "list-incomplete"),
        (text[:-9], "list-incomplete"),
        ("", "csv-malformed"),
        ("Matricule,Nom\n", "list-incomplete"),
        (text + '"\n', "list-incomplete"),
    ):
        refused = await load(client, body, full="true", lines="6")
        assert (refused.status, refused.code) == (422, code), (body, refused.json)
    assert (await load(client, text, full="true", lines="6")).json["absent_count"] == 0
    active = (await client.get("/v1/people?active=true&limit=200")).json["items"]
    assert sum((each["external_id"] or "").startswith("full-") for each in active) == 6


async def test_lines_of_json_and_rows_of_csv_are_one_list(registry):
    about = person(external_id="either-way", cadre="Nurse")
    await hired(registry, "E1A", about)
    row = "external_id,family_name,given_name,sex,birth_year,cadre\neither-way,Kamara,Aminata,female,1984,Nurse\n"
    assert (await load(registry, row)).json["unchanged"] == 1
