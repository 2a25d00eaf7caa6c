"""Arrays on their way to PostgreSQL."""


def literal(values: object) -> str:
    """A sequence as PostgreSQL's array literal: several arrays then pass through one unnest()."""
    assert isinstance(values, list | tuple)
    return "{" + ",".join("null" if value is None else str(value) for value in values) + "}"
