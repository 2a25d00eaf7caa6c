"""Rows of evaluation about people who are erased."""

from services.evaluation.tables import metadata
from shared.erasure.commands import of_service

erase, repeat, sweep = of_service(metadata)
