"""Which service owns which resource: the first segment of the path under /v1."""

REGISTRY = ("me", "units", "unit-merges", "roles", "people", "posts", "imports")
ASSESSMENT = (
    "frameworks",
    "instruments",
    "role-profiles",
    "cycles",
    "assessments",
    "rater-requests",
    "responses",
    "people-scores",
    "rollups",
)
PLANNING = ("interventions", "plans", "plan-limits", "follow-ups")
EVALUATION = (
    "reactions",
    "learning-results",
    "behaviour-results",
    "evaluations",
    "indicators",
    "indicator-values",
)

SERVICES = ("registry", "assessment", "planning", "evaluation")
OWNERS: dict[str, str] = {
    **dict.fromkeys(REGISTRY, "registry"),
    **dict.fromkeys(ASSESSMENT, "assessment"),
    **dict.fromkeys(PLANNING, "planning"),
    **dict.fromkeys(EVALUATION, "evaluation"),
}


class Resource:
    """Stands for a route where only its path is asked."""

    def __init__(self, path: str) -> None:
        """`path` is a template: the resource, never an id."""
        self.path = path


def segment(path: str) -> str:
    """The first segment under /v1, empty for any other path."""
    parts = path.split("/", 3)
    return parts[2] if len(parts) > 2 and parts[:2] == ["", "v1"] else ""


def owner(path: str) -> str | None:
    """The service that answers `path`, None when nobody does."""
    return OWNERS.get(segment(path))
