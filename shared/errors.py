"""What can go wrong, as kinds with a stable code.

    Problem
    +-- BadRequest           400  the question cannot be understood
    +-- Unauthorized         401  who are you
    +-- Forbidden            403  you may not
    +-- NotFound             404  it is not there (or not for you)
    +-- NotAcceptable        406  no answer in a form that the caller reads
    +-- Conflict             409  its state does not allow it
    +-- Gone                 410  it was there and is kept no longer
    +-- PreconditionFailed   412  you saw an older version
    +-- TooLarge             413  the body is larger than the door
    +-- UnsupportedMedia     415  the body is in a form that is not read
    +-- Invalid              422  the input is wrong, with pointers to the fields
    +-- PreconditionRequired 428  say which version you saw
    +-- TooManyRequests      429  more of them than you may make
    +-- BadGateway           502  the service behind broke off before it answered
    +-- Unavailable          503  something it needs is away; try again
    +-- GatewayTimeout       504  the service behind did not answer in time

One place (`shared.http.problems`) turns them into RFC 9457 problem details.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: RFC 6901 pointer into the body (or /query/..), stable code, explanation."""

    pointer: str
    code: str
    detail: str


@dataclass(slots=True)
class Problem(Exception):
    """A refusal that its caller can act on. `detail` never carries a name, contact or external id."""

    code: str
    detail: str
    errors: Sequence[FieldError] = ()
    headers: dict[str, str] = field(default_factory=dict)

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Internal error"

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class BadRequest(Problem):
    """The question cannot be understood; for protocols that answer it so."""

    status = 400
    title = "Bad request"


class Unauthorized(Problem):
    """The caller is not known."""

    status = 401
    title = "Unauthorized"


class Forbidden(Problem):
    """The caller is known and may not do this."""

    status = 403
    title = "Forbidden"


class NotFound(Problem):
    """There is no such thing, or none that the caller may know of."""

    status = 404
    title = "Not found"


class NotAcceptable(Problem):
    """There is no answer in a form that the caller reads."""

    status = 406
    title = "Not acceptable"


class Conflict(Problem):
    """The state of the resource does not allow it."""

    status = 409
    title = "Conflict"


class Gone(Problem):
    """It was there, and is kept no longer."""

    status = 410
    title = "Gone"


class PreconditionFailed(Problem):
    """The resource changed since the caller read it."""

    status = 412
    title = "Precondition failed"


class TooLarge(Problem):
    """The body, or a line of it, is larger than allowed."""

    status = 413
    title = "Content too large"


class UnsupportedMedia(Problem):
    """The body is in a form that is not read."""

    status = 415
    title = "Unsupported media type"


class Invalid(Problem):
    """The input is wrong; `errors` point at the fields."""

    status = 422
    title = "Invalid input"


class PreconditionRequired(Problem):
    """A change must say which version it was made from."""

    status = 428
    title = "Precondition required"


class TooManyRequests(Problem):
    """The caller made as many requests as it may for now; `Retry-After` says until when."""

    status = 429
    title = "Too many requests"


class BadGateway(Problem):
    """The service behind broke off before it answered."""

    status = 502
    title = "Bad gateway"


class Unavailable(Problem):
    """Something that the service needs is away; the same request may be repeated."""

    status = 503
    title = "Service unavailable"


class GatewayTimeout(Problem):
    """The service behind did not answer in time."""

    status = 504
    title = "Gateway timeout"
