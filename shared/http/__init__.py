"""The HTTP edge that every service shares."""

from shared.http.etags import check_if_match, check_if_match_sent, etag
from shared.http.paging import Paging, page
from shared.http.routes import Caller, CommandRoute, HotRoute, LoadRoute, Raw, Reads, Working, Writes

__all__ = [
    "Caller",
    "CommandRoute",
    "HotRoute",
    "LoadRoute",
    "Paging",
    "Raw",
    "Reads",
    "Working",
    "Writes",
    "check_if_match",
    "check_if_match_sent",
    "etag",
    "page",
]
