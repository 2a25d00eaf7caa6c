"""Refusals of the registry as errors of SCIM (RFC 7644 section 3.12)."""

import logging

from scim2_models import Error

from shared.database.failures import RAISED, collided, lost_database, unstorable
from shared.errors import Problem
from shared.fields import Wrong
from shared.telemetry.logs import place

log = logging.getLogger("steward.scim")

UNIQUE = frozenset({"external-id-taken", "identifier-erased", "user-name-taken"})


def passing(error: Exception) -> bool:
    """Whether the same request may succeed later: nothing of it is stored."""
    return lost_database(error) or collided(error)


def error_of(error: Exception) -> Error:
    """What a client is told. The code of a refusal stands at the end of its detail."""
    if isinstance(error, Problem):
        return _refusal(error)
    if isinstance(error, Wrong):
        return Error(status=400, scim_type="invalidValue", detail=f"{error.pointer}: {error} ({error.code})")
    if passing(error):
        log.warning("database away, or a collision: %s", type(error).__name__)
        return Error(status=503, detail="It cannot be done now; repeat the request. (database-away)")
    if isinstance(error, RAISED) and unstorable(error):
        return Error(
            status=400, scim_type="invalidValue", detail="A value cannot be stored. (value-not-storable)"
        )
    if isinstance(error, RecursionError):
        return Error(
            status=400, scim_type="invalidSyntax", detail="It is nested too deeply. (nested-too-deeply)"
        )
    # The message of an unforeseen error may quote input, so only its kind and place are logged.
    log.error("unforeseen %s at %s", type(error).__name__, place(error))
    return Error(status=500, detail="Something went wrong. (internal-error)")


def _refusal(problem: Problem) -> Error:
    where = next((f"{each.pointer}: " for each in problem.errors if each.pointer), "")
    detail = f"{where}{problem.detail} ({problem.code})"
    if problem.status == 409 and problem.code in UNIQUE:
        return Error(status=409, scim_type="uniqueness", detail=detail)
    if problem.status in (409, 422):
        return Error(status=400, scim_type="invalidValue", detail=detail)
    return Error(status=problem.status, detail=detail)
