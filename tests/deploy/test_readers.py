"""Readers from outside the services: they read what was provisioned for them and can do nothing else."""

from pathlib import Path

import pytest

from deploy import readers
from deploy.local.nats import inbox_prefix, server_settings
from deploy.readers import AGGREGATES, PEOPLE
from tests.servers import INSTANCE, PASSWORDS


def allowed(reader: str) -> list[str]:
    return readers.permissions(reader, inbox_prefix(reader))["publish"]["allow"]


@pytest.mark.parametrize("reader", readers.READERS)
def test_a_reader_publishes_no_event_and_changes_nothing(reader: str):
    for subject in allowed(reader):
        assert subject.startswith("$JS.")
        for verb in ("CREATE", "DELETE", "UPDATE", "PURGE", "MSG.GET", "DIRECT"):
            assert verb not in subject
        assert "*" not in subject
    assert readers.permissions(reader, "_INBOX_x")["subscribe"] == {"allow": ["_INBOX_x.>"]}


def test_only_the_people_reader_comes_near_what_is_said_about_people():
    assert not [subject for subject in allowed(AGGREGATES) if "LOCAL" in subject]
    assert [subject for subject in allowed(PEOPLE) if "LOCAL" in subject]
    streams = {durable.stream for durable in readers.durables(INSTANCE) if durable.name == AGGREGATES}
    assert streams == {"UP", "DOWN"}


def test_a_reader_exists_where_its_password_does():
    for known in ({}, {AGGREGATES: "secret"}):
        settings = server_settings(INSTANCE, PASSWORDS | known, "127.0.0.1:1", Path("/nowhere"))
        users = settings["accounts"]["STEWARD"]["users"]  # type: ignore[index]
        outside = [user["user"] for user in users if user["user"] in readers.READERS]
        assert outside == list(known)
