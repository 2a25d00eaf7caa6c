"""Rows of assessment about people who are erased."""

from services.assessment.tables import metadata, ratings, rollup_releases, rollups
from shared.erasure.commands import of_service

WITH_PEOPLE = (ratings, rollups, rollup_releases)  # imported, so that their tables are on the metadata
erase, repeat, sweep = of_service(metadata)
