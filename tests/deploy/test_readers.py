"""Readers from outside the services: they read what was provisioned for them and can do nothing else."""

from pathlib import Path
from typing import Any

import pytest

from deploy.broker import external_readers
from deploy.broker.external_readers import AGGREGATES, PEOPLE
from deploy.broker.server_settings import inbox_prefix, server_settings
from tests.servers import INSTANCE, PASSWORDS


def allowed(reader: str) -> list[str]:
    return external_readers.permissions(reader, inbox_prefix(reader))["publish"]["allow"]


@pytest.mark.parametrize("reader", external_readers.READERS)
def test_a_reader_publishes_no_event_and_changes_nothing(reader: str):
    for subject in allowed(reader):
        assert subject.startswith("$JS.")
        for verb in ("CREATE", "DELETE", "UPDATE", "PURGE", "MSG.GET", "DIRECT"):
            assert verb not in subject
        assert "*" not in subject
    assert external_readers.permissions(reader, "_INBOX_x")["subscribe"] == {"allow": ["_INBOX_x.>"]}


def test_only_the_people_reader_comes_near_what_is_said_about_people():
    assert not [subject for subject in allowed(AGGREGATES) if "LOCAL" in subject]
    assert [subject for subject in allowed(PEOPLE) if "LOCAL" in subject]
    streams = {
        durable.stream for durable in external_readers.durables(INSTANCE) if durable.name == AGGREGATES
    }
    assert streams == {"UP", "DOWN"}


def test_a_reader_exists_where_its_password_does():
    for known in ({}, {AGGREGATES: "secret"}):
        settings = server_settings(INSTANCE, PASSWORDS | known, "127.0.0.1:1", Path("/nowhere"))
        accounts: dict[str, Any] = settings["accounts"]  # type: ignore[assignment]
        outside = [user["user"] for one in accounts.values() for user in one["users"]]
        assert [user for user in outside if user in external_readers.READERS] == list(known)


def test_a_reader_has_an_account_of_its_own_that_asks_only_what_it_may():
    passwords = PASSWORDS | dict.fromkeys(external_readers.READERS, "secret")
    settings = server_settings(INSTANCE, passwords, "127.0.0.1:1", Path("/nowhere"))
    accounts: dict[str, Any] = settings["accounts"]  # type: ignore[assignment]
    assert not {user["user"] for user in accounts["STEWARD"]["users"]} & external_readers.READERS.keys()
    for reader in external_readers.READERS:
        own = accounts[external_readers.account(reader)]
        assert [user["user"] for user in own["users"]] == [reader]
        assert "jetstream" not in own
        assert [one["service"]["subject"] for one in own["imports"]] == allowed(reader)
    subjects = [one["service"] for one in accounts["STEWARD"]["exports"]]
    assert len(subjects) == len(set(subjects))
