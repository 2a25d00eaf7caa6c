"""Why somebody reads or writes: the header `Purpose-Of-Use`, a code of HL7's PurposeOfUse.

IHE's Basic Audit Log Patterns record the same codes (`AuditEvent.purposeOfEvent`); there is no standard header for
them. A code and no text: what people write of people stays out of logs.
"""

from starlette.requests import Request

from shared.errors import FieldError, Invalid

HEADER = "Purpose-Of-Use"
SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
PURPOSES = (
    "HOPERAT",  # operations of health care: the everyday work of the platform
    "GOV",
    "HACCRED",
    "HCOMPL",
    "HDIRECT",
    "HLEGAL",
    "HOUTCOMS",
    "HPRGRP",
    "HQUALIMP",
    "HSYSADMIN",
    "PERFMSR",
    "RECORDMGT",
    "TRAIN",
    "HRESCH",
    "PATRQT",
    "PUBHLTH",
    "DISASTER",
    "THREAT",
)
_KNOWN = frozenset(PURPOSES)
NEEDED = frozenset(
    {"GET /v1/people/{person_id}/archive-to-hand-over"}
)  # by operations, whatever the instance asks


def purpose_of(request: Request, *, required: bool) -> str | None:
    """The purpose that a request states. Raises Invalid `purpose-unknown`, and `purpose-required` without one."""
    sent = request.headers.getlist(HEADER)
    if not sent:
        if required:
            error = FieldError(f"/header/{HEADER}", "missing", "Send a code of HL7's PurposeOfUse.")
            raise Invalid("purpose-required", "This instance asks why data of a person is used.", [error])
        return None
    if len(sent) > 1 or sent[0] not in _KNOWN:
        error = FieldError(f"/header/{HEADER}", "unknown", f"Send one of {', '.join(PURPOSES)}.")
        raise Invalid("purpose-unknown", "The purpose is no code that is known here.", [error])
    return sent[0]
