"""How operations on an establishment are asked, for the matrix of rights."""

from tests.rights_matrix import Ask

_OF_UNIT = {"params": {"unit": "E1A"}}
_NOTHING = {"data": b"\n", "headers": {"Content-Type": "application/x-ndjson"}}
_DAY = {"valid_from": "2026-01-01"}
_NO_ROLE = {"role_code": "none", "posts": 1, **_DAY}

FIGURES = {
    "GET /v1/establishment": [Ask("/v1/establishment", _OF_UNIT)],
    "GET /v1/established-posts": [Ask("/v1/established-posts", _OF_UNIT)],
    "POST /v1/established-posts": [Ask("/v1/established-posts", {"json": {"unit_code": "E1A", **_NO_ROLE}})],
    "GET /v1/post-norms": [Ask("/v1/post-norms")],
    "POST /v1/post-norms": [Ask("/v1/post-norms", {"json": {"unit_type": "Clinic", **_NO_ROLE}})],
    "GET /v1/staffing-minimums": [Ask("/v1/staffing-minimums", _OF_UNIT)],
    "POST /v1/staffing-minimums": [
        Ask("/v1/staffing-minimums", {"json": {"unit_code": "E1A", "cadre": "Nurse", "staff": 0, **_DAY}})
    ],
    "POST /v1/imports/established-posts": [Ask("/v1/imports/established-posts", _NOTHING, anywhere=True)],
    "POST /v1/imports/post-norms": [Ask("/v1/imports/post-norms", _NOTHING)],
    "POST /v1/imports/staffing-minimums": [Ask("/v1/imports/staffing-minimums", _NOTHING, anywhere=True)],
}
