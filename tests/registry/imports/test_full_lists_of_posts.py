"""Full lists of posts: what is not named ends, within the same bound and with the same approval as people."""

from datetime import timedelta

from shared import clock
from tests.registry.builders import source_client
from tests.registry.imports.full_lists import full, load, posts_of, staffed


async def held(client, line):
    """The posts of the person of a line."""
    (found,) = (await client.get("/v1/people", params={"external_id": line["external_id"]})).json["items"]
    return (await client.get("/v1/posts", params={"person": found["person_id"]})).json["items"]


async def test_a_few_posts_that_are_not_named_end(registry, token):
    client = await source_client(registry, token, "posts-few", units=("SL-E",))
    whole = await source_client(registry, token, "posts-few-whole", "posts-few")
    elsewhere = await staffed(whole, "there-posts", 1, unit="SL-N")
    people = await staffed(client, "few-posts", 4)
    posts = posts_of(people)
    later = {**posts[0], "external_id": "p-later", "valid_from": str(clock.today() + timedelta(days=9))}
    assert (await load(client, [later], "posts")).json["created"] == 1
    dry = (await full(client, posts[1:], "posts", dry_run="true")).json
    assert (dry["absent_count"], dry["deactivated"], dry["unchanged"]) == (2, 2, 3)
    done = await full(client, posts[1:], "posts", digest=dry["digest"])
    assert (done.status, done.json["deactivated"]) == (200, 2)
    yesterday = str(clock.today() - timedelta(days=1))
    assert [each["valid_to"] for each in await held(client, people[0])] == [yesterday], "one had not begun"
    assert [each["valid_to"] for each in await held(client, people[1])] == [None]
    assert [each["valid_to"] for each in await held(whole, elsewhere[0])] == [None], "another region's"
    again = (await full(client, posts[1:], "posts")).json
    assert (again["absent_count"], again["unchanged"]) == (0, 3)
    found = (await client.get(f"/v1/imports/{done.json['import_id']}")).json
    assert (found["kind"], found["absence"], found["full_list"]) == ("posts", "deactivated", True)


async def test_no_doubtful_list_ends_a_post(registry, token):
    client = await source_client(registry, token, "posts-doubt", units=("SL-E",))
    posts = posts_of(await staffed(client, "doubt-posts", 3))
    doubtful = [
        ([], "0", "list-empty"),
        (posts[:2], "3", "list-cut-off"),
        ([*posts[:2], b'{"external_id": "p-'], "3", "list-unreadable"),
        ([{"external_id": "a-person", "family_name": "Kamara"}], "1", "list-refused"),
        ([{**posts[0], "external_id": "of-another-list"}], "1", "list-unrelated"),
    ]
    for some, count, code in doubtful:
        refused = await load(client, some, "posts", full="true", lines=count)
        assert (refused.status, refused.code) == (422, "list-incomplete"), code
        assert [each["code"] for each in refused.json["errors"]] == [code]
    assert (await load(client, posts, "posts", full="true")).code == "lines-required"
    report = (await full(client, [posts[0], posts[1] | {"role_code": "none"}], "posts")).json
    assert (report["absent_count"], report["deactivated"]) == (1, 0), "a line is rejected"
    assert (await full(client, posts, "posts")).json["unchanged"] == 3


async def test_many_posts_wait_until_a_second_person_approves_exactly_these(registry, token):
    client = await source_client(registry, token, "posts-many", units=("SL-E",))
    posts = posts_of(await staffed(client, "many-posts", 23))
    await staffed(await source_client(registry, token, "posts-else", units=("SL-E",)), "else-posts", 1)
    report = (await full(client, posts[21:], "posts")).json
    assert (report["absent_count"], report["deactivated"], report["unchanged"]) == (21, 0, 2)
    at = f"/v1/imports/{report['import_id']}"
    north = registry.using(token("programme-manager", units=("SL-N",), subject="posts-north"))
    assert (await north.get(f"{at}/absent")).code == "import-unknown"
    second = registry.using(token("programme-manager", units=("SL",), subject="posts-second"))
    absent = (await second.get(f"{at}/absent?limit=200")).json["items"]
    assert len({each["post_id"] for each in absent}) == 21
    assert {(each["person_id"], each["unit_code"], each["region"]) for each in absent} == {
        (None, None, "SL-E")
    }
    digest = {"digest": (await second.get(at)).json["absent_digest"]}
    assert (await client.post(f"{at}/approve", json=digest)).code == "import-own"
    assert (await load(client, posts[:1], "posts")).json["unchanged"] == 1
    assert (await second.get(at)).code == "import-unknown", (
        "a list names one of them: nobody decides any more"
    )
    at = f"/v1/imports/{(await full(client, posts[21:], 'posts')).json['import_id']}"
    digest = {"digest": (await second.get(at)).json["absent_digest"]}
    assert (await second.post(f"{at}/approve", json=digest)).json["absence"] == "approved"
    assert (await full(client, posts[21:], "posts")).json["absent_count"] == 0
