"""The table of the feed holds every published event, by a right that there is, and shows ids alone."""

import typing

import pytest

from deploy.contracts import feed_docs
from shared.auth.rights import RIGHTS
from shared.events.catalogue import every_event
from shared.events.event import Reach
from shared.events.feed_events import NOT_SHOWN, SHOWN, Shown

PRIVATE = {"scores", "others", "subject_keys", "recorded_by", "sex", "birth_year", "name", "outcome", "posts"}


def test_each_event_is_shown_or_not_for_a_reason():
    assert sorted([*SHOWN, *NOT_SHOWN]) == [event.type() for event in every_event()]


@pytest.mark.parametrize("kind", SHOWN.values(), ids=SHOWN)
def test_what_is_shown_is_there_and_harmless(kind: Shown):
    assert kind.right in RIGHTS
    fields = set(kind.event.__struct_fields__)
    assert {*kind.ids, *([kind.unit] if kind.unit else [])} <= fields
    if kind.items:
        assert "items" in fields
        (item,) = typing.get_args(typing.get_type_hints(kind.event)["items"])
        assert set(kind.items) <= set(item.__struct_fields__)
    assert not PRIVATE & {*kind.ids, *kind.items}
    about = "person_id" in (kind.items or kind.ids)
    assert about == bool(kind.person)
    assert kind.event.reach is Reach.LOCAL or not about


def test_the_page_has_the_table():
    text = feed_docs.PAGE.read_text()
    assert feed_docs.page(text) == text, "run python -m deploy.contracts.feed_docs"
