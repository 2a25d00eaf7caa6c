"""The made-up country is the same in every run, and its teams are large enough to be rated."""

from collections import Counter
from datetime import date

from deploy.demo import mandoria, ratings, staffing
from deploy.demo.model import Country
from shared.events.framework import COMPETENCIES
from tests.content.content import load


def country() -> Country:
    return staffing.staff(
        mandoria.country(), seed=1, since=date(2020, 1, 1), subjects={"facility-manager": "leader"}
    )


def test_about_two_hundred_units_and_two_thousand_people() -> None:
    found = country()
    assert 180 <= len(found.units) <= 220
    assert 1_900 <= len(found.posts) <= 2_100
    assert {unit.level for unit in found.units} == {"country", "region", "district", "facility"}


def test_the_same_in_every_run() -> None:
    assert country() == country()


def test_keys_are_unique_and_every_manager_exists() -> None:
    posts = country().posts
    keys = {post.key for post in posts}
    assert len(keys) == len(posts) == len({post.person.subject for post in posts})
    assert [post.key for post in posts if post.manager is None] == ["MD/ministry-official/1"]
    assert all(post.manager is None or post.manager in keys for post in posts)


def test_parents_come_before_their_units() -> None:
    found = country()
    assert set(found.paths()) == {unit.code for unit in found.units}
    assert all(path[0] == found.root for path in found.paths().values())


def test_most_people_have_three_peers() -> None:
    posts = country().posts
    teams = Counter(post.manager for post in posts)
    assert sum(teams[post.manager] >= 4 for post in posts) > 0.9 * len(posts)


def test_one_person_has_the_sign_in_of_a_leader() -> None:
    assert [post.role_code for post in country().posts if post.person.subject == "leader"] == [
        "facility-manager"
    ]


def test_roles_are_those_of_the_framework() -> None:
    roles = {role["code"]: role for role in load("assessment/content/roles.json")["roles"]}
    assert set(staffing.LEVELS) <= set(roles)
    for code, level in staffing.LEVELS.items():
        assert (roles[code]["level"], roles[code]["setting"]) == (level, staffing.setting(code))


def test_ratings_depend_on_their_key_alone() -> None:
    level = ratings.ability(1, "somebody", "B")
    items = [n // 3 for n in range(33)]
    assert ratings.response(level, items, "peer", "a") == ratings.response(level, items, "peer", "a")
    assert ratings.response(level, items, "peer", "a") != ratings.response(level, items, "peer", "b")
    assert {value for n in range(50) for value in ratings.response(level, items, "peer", str(n))} <= {
        None, 1, 2, 3, 4, 5,
    }  # fmt: skip
    assert ratings.relevance("a", "peer") is None


def test_development_moves_what_was_planned() -> None:
    before = [3.0] * len(COMPETENCIES)
    after = ratings.developed(before, {"QM"}, gain=0.8)
    assert [round(b - a, 2) for a, b in zip(before, after, strict=True)].count(0.8) == 1
