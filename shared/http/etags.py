"""Optimistic concurrency: every resource has an ETag, every change names the one it was made from."""

from starlette.requests import Request

from shared.errors import PreconditionFailed, PreconditionRequired


def etag(version: int) -> str:
    """The entity tag of a resource's version (RFC 9110 section 8.8.3)."""
    return f'"{version}"'


def check_if_match(request: Request, version: int) -> None:
    """Refuse a change made from another version than `version`.

    Raises PreconditionRequired `if-match-required` without the header and PreconditionFailed
    `stale-etag` when the resource changed in between; `*` matches any version.
    """
    header = request.headers.get("if-match")
    if header is None:
        raise PreconditionRequired("if-match-required", "Send If-Match with the ETag that you read.")
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    if "*" not in tags and etag(version) not in tags:
        raise PreconditionFailed(
            "stale-etag", "The resource changed since you read it.", headers={"ETag": etag(version)}
        )


def not_modified(request: Request, version: int) -> bool:
    """Whether the caller already has this version (If-None-Match), so that 304 is the answer."""
    header = request.headers.get("if-none-match", "")
    return etag(version) in {tag.strip().removeprefix("W/") for tag in header.split(",")}
