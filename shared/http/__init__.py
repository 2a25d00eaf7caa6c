"""The HTTP edge that every service shares."""

from shared.http.etags import check_if_match, etag
from shared.http.paging import Paging, page
from shared.http.routes import Caller, CommandRoute, Raw, Reads, Writes

__all__ = ["Caller", "CommandRoute", "Paging", "Raw", "Reads", "Writes", "check_if_match", "etag", "page"]
