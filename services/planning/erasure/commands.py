"""Rows of planning about people who are erased."""

from services.planning.tables import metadata, plans
from shared.erasure.commands import of_service

WITH_PEOPLE = (plans,)  # imported, so that their tables are on the metadata
erase, repeat, sweep = of_service(metadata)
