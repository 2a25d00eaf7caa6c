"""A national file parted by region: each line where it belongs, sealed for its region alone, the others named."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner, Result

from deploy import cli
from deploy.federation.federation_error import FederationError
from deploy.federation.pki.keys import Keys, recipient
from deploy.list_files.owning_regions import Owners, Region
from deploy.list_files.sealed_list import Head, opened
from deploy.list_files.splitting import Posts, Refused, Splitter

KEYS = {"north": Keys.made(), "south": Keys.made()}
PEOPLE = [
    {"external_id": "hr-1", "family_name": "Kamara"},
    {"external_id": "hr-2", "family_name": "Sesay"},
    {"external_id": "hr-3", "family_name": "Conteh"},
    {"external_id": "hr-4", "family_name": "Nowhere"},
]
POSTS = "Post number,Staff number,Facility code,Role,Start date\n" + "".join(
    f"p-{person}-{unit},{person},{unit},facility-manager,2024-01-01\n"
    for person, unit in [("hr-1", "N-1"), ("hr-2", "S-1"), ("hr-3", "N-1"), ("hr-3", "S-1"), ("hr-4", "ELSE")]
)


def region(name: str, *units: tuple[str, str, str]) -> Region:
    key = recipient(KEYS[name].public_box)
    return Region(name, f"https://{name}.example.org", key, KEYS[name].public, list(units))


def regions() -> list[Region]:
    both = ("BOTH", "Shared", "facility")
    return [
        region("north", ("N", "Northern", "region"), ("N-1", "Makeni", "facility"), both),
        region("south", ("S", "Southern", "region"), ("S-1", "Bo", "facility"), both),
        Region("west", units=[("W-1", "Freetown", "facility")]),  # which states no key
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "regions"
    found.mkdir()
    for one in regions():
        (found / f"{one.region}.json").write_bytes(msgspec.json.encode(one))
    return found


def split(folder: Path, file: Path, kind: str, *more: str) -> tuple[Result, Path]:
    into = folder.parent / "parts"
    asked = ["split", str(file), "--kind", kind, "--into", str(into), "--regions", str(folder), *more]
    return CliRunner().invoke(cli.app, asked), into


def lines(path: Path, name: str) -> tuple[Head, list[dict[str, Any]]]:
    head, packed = opened(path.read_bytes(), KEYS[name], name)
    return head, [json.loads(line) for line in gzip.decompress(packed).splitlines()]


def test_posts_go_where_their_unit_is_and_the_rest_is_named(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "posts.csv"
    odd = "".join(f"p-x,hr-1,{unit},x,2024-01-01\n" for unit in ("BOTH", "W-1", ""))
    file.write_text(f"{POSTS}{odd}short\n")
    result, into = split(folder, file, "posts", "--report", str(tmp_path / "refused.csv"))
    assert result.exit_code == 1, result.output
    head, north = lines(into / "north-posts.age", "north")
    assert [line["external_id"] for line in north] == ["p-hr-1-N-1", "p-hr-3-N-1"]
    assert (head.kind, head.lines) == ("posts", 2)
    assert [line["unit_code"] for line in lines(into / "south-posts.age", "south")[1]] == ["S-1", "S-1"]
    refused = dict(line.split(",") for line in (tmp_path / "refused.csv").read_text().splitlines()[1:])
    assert refused == {
        "6": "unit-unknown", "7": "unit-of-several-regions", "8": "region-without-key", "9": "unit-missing",
        "10": "cells-too-few",
    }  # fmt: skip
    assert sorted(path.name for path in into.iterdir()) == ["north-posts.age", "south-posts.age"]


def test_people_are_where_their_posts_are_and_nothing_of_them_is_written_plainly(
    folder: Path, tmp_path: Path
) -> None:
    file, posts = tmp_path / "people.ndjson.gz", tmp_path / "posts.csv"
    file.write_bytes(gzip.compress(b"".join(json.dumps(one).encode() + b"\n" for one in PEOPLE) + b"{\n"))
    posts.write_text(POSTS)
    result, into = split(
        folder, file, "people", "--posts", str(posts), "--report", str(tmp_path / "refused.csv")
    )
    assert result.exit_code == 1, result.output
    assert lines(into / "north-people.age", "north")[1] == [PEOPLE[0], PEOPLE[2]]
    assert lines(into / "south-people.age", "south")[1] == [PEOPLE[1], PEOPLE[2]]
    refused = (tmp_path / "refused.csv").read_text().split()
    assert refused == ["line,code", "4,person-without-post", "5,json-invalid"]
    written = b"".join(path.read_bytes() for path in [*into.iterdir(), tmp_path / "refused.csv"])
    for one in PEOPLE:
        for word in one.values():
            assert word.encode() not in written
            assert word not in result.output
    assert "1 are in the lists of several regions" in result.output


def test_facilities_go_by_the_code_of_their_own_or_by_the_name_of_their_region(
    folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "facilities.csv"
    rows = "N-1,Makeni,Renamed\n,Kenema,southern \n,Elsewhere,Eastern\n"
    file.write_text(f"Facility code,Facility name,Admin1\n{rows}")
    result, into = split(folder, file, "facilities")
    assert result.exit_code == 1, result.output
    assert "line 4: unit-unknown" in result.output
    for name, facility in (("north", "Makeni"), ("south", "Kenema")):
        head, packed = opened((into / f"{name}-facilities.age").read_bytes(), KEYS[name], name)
        header, row = gzip.decompress(packed).decode().splitlines()
        assert header.startswith("code,name,")
        assert (row.split(",")[1], head.content_type) == (facility, "text/csv")


def test_a_list_opens_for_its_region_alone_and_unchanged_alone(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "posts.csv"
    file.write_text(POSTS)
    _, into = split(folder, file, "posts")
    whole = (into / "north-posts.age").read_bytes()
    with pytest.raises(FederationError, match="not sealed for this region"):
        opened(whole, KEYS["south"], "south")
    with pytest.raises(FederationError, match="north's, not south's"):
        opened(whole, KEYS["north"], "south")
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1
        with pytest.raises(FederationError):
            opened(bytes(changed), KEYS["north"], "north")
    for end in (0, 20, len(whole) // 2, len(whole) - 1):
        with pytest.raises(FederationError):
            opened(whole[:end], KEYS["north"], "north")


def test_every_line_is_counted_once_whatever_the_file_holds() -> None:
    """Lines of any bytes: each goes to one region or is refused, and nothing else happens."""
    chance, refused = random.Random(14), list[Refused]()
    owners = Owners(regions())
    splitter = Splitter("posts", owners, None, refused.append)
    wanted = [json.dumps({"unit_code": code}).encode() for code in ("N-1", "S-1", "ELSE", "BOTH", "")]
    odd = [b"\xff\xfe{", b"[" * 5000, b'{"unit_code": 5}', b"null", b'{"unit_code": null}', b"  ", b"7"]
    sent = [chance.choice(wanted + odd) for _ in range(2000)]
    splitter.take(1, sent)
    parts = splitter.parts()
    assert [owners.regions[place].region for place, _, _ in parts] == ["north", "south"]
    read = sum(bool(line.strip()) for line in sent)
    assert sum(count for _, count, _ in parts) + len(refused) == splitter.read == read
    assert [len(gzip.decompress(packed).splitlines()) for *_, packed in parts] == [n for _, n, _ in parts]


def test_who_has_posts_in_a_unit_of_two_regions_is_placed_by_the_others() -> None:
    posts = Posts(Owners(regions()))
    for unit in ("BOTH", "N-1", "ELSE"):
        posts.note(json.dumps({"person_external_id": "hr-1", "unit_code": unit}).encode())
    posts.note(b"{")
    assert posts.regions == {"hr-1": 1}


@pytest.mark.parametrize(
    ("kind", "more", "message"),
    [
        ("people", (), "need --posts"),
        ("posts", ("--hub", "http://127.0.0.1:1"), "either --hub"),
        ("shoes", (), "One of people"),
        ("posts", ("--mapping", "[]"), "JSON object"),
    ],
)
def test_what_cannot_be_parted_says_why(folder: Path, tmp_path: Path, kind, more, message) -> None:
    file = tmp_path / "posts.csv"
    file.write_text(POSTS)
    result, into = split(folder, file, kind, *more)
    assert result.exit_code != 0
    assert message in result.output + str(result.exception)
    assert not into.exists() or not list(into.iterdir())


@pytest.mark.parametrize("content", [b'{"region": "../x"}', b'{"region": ""}', b"[]", b"\xff", b"[" * 9_000])
def test_a_file_of_no_region_is_refused_before_anything_is_written(
    folder: Path, tmp_path: Path, content
) -> None:
    (folder / "east.json").write_bytes(content)
    file = tmp_path / "posts.csv"
    file.write_text(POSTS)
    result, into = split(folder, file, "posts")
    assert isinstance(result.exception, FederationError)
    assert not list(into.iterdir())
