"""Which service owns which resource: the first segment of the path under /v1, the second too where several do.

Protocols of others have roots of their own, `PROTOCOLS`, each of one service as a whole.
"""

REGISTRY = (
    "me",
    "units",
    "unit-merges",
    "roles",
    "source-systems",
    "clients",
    "field-precedence",
    "match-reviews",
    "erasures",
    "leaving-codes",
    "establishment",
    "established-posts",
    "post-norms",
    "staffing-minimums",
    "people",
    "posts",
    "imports",
    "arrivals",
)
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
    "targets",
)

# What a hub adds up over its regions: each is read where its figures are stored.
NATIONAL = {
    "units": "registry",
    "regions": "registry",
    "unit-regions": "registry",
    "headcounts": "registry",
    "rollups": "assessment",
    "overlays": "assessment",
    "plans": "planning",
    "interventions": "planning",
    "indicators": "evaluation",
    "targets": "evaluation",
}

# Documents of releases, each kept where its figures are.
RELEASES = {
    "rollups": "assessment",
    "indicators": "evaluation",
    "plans": "planning",
    "headcounts": "registry",
}

SCIM = "/scim/v2"
PROTOCOLS = {"/fhir/r4": "registry", SCIM: "registry"}

SHARED = ("national", "releases", "audit")  # of each of these every service has a part
SERVICES = ("registry", "assessment", "planning", "evaluation")
OWNERS: dict[str, str] = {
    **PROTOCOLS,
    **dict.fromkeys(REGISTRY, "registry"),
    **dict.fromkeys(ASSESSMENT, "assessment"),
    **dict.fromkeys(PLANNING, "planning"),
    **dict.fromkeys(EVALUATION, "evaluation"),
    **{f"national/{name}": service for name, service in NATIONAL.items()},
    **{f"releases/{name}": service for name, service in RELEASES.items()},
    **{f"audit/{service}": service for service in SERVICES},
}


class Resource:
    """A route of which only the path is asked."""

    def __init__(self, path: str) -> None:
        """`path` is a template: the resource, never an id."""
        self.path = path


def segment(path: str) -> str:
    """The resource of a path under /v1, the root of a protocol's; empty for any other path."""
    parts = path.split("/", 4)
    if len(parts) < 3 or parts[:2] != ["", "v1"]:
        root = "/".join(parts[:3])
        return root if root in PROTOCOLS else ""
    return "/".join(parts[2:4]) if parts[2] in SHARED else parts[2]


def template(path: str) -> str:
    """The path without ids, for measurements and traces."""
    found = segment(path)
    return found if found in PROTOCOLS else f"/v1/{found}"


def owner(path: str) -> str | None:
    """The service that answers `path`, None when nobody does."""
    return OWNERS.get(segment(path))
