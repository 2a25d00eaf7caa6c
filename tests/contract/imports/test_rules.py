"""The contract finds what a rule may not import, and knows a rule by its place alone."""

import grimp
import pytest
from importlinter.domain.contract import Contract

from tests.contract.imports.rules import RulesContract

OPTIONS = {
    "packages": ["services.*"],
    "not_rules": ["api", "commands", "tables"],
    "io_modules": ["services.gateway.pool"],
    "allowed_modules": ["shared.errors", "shared.events", "numpy"],  # not imported by any module here
}


def contract() -> Contract:
    return RulesContract("Rules do no I/O", {"root_packages": ["services", "shared"]}, OPTIONS)


def graph(*imports: tuple[str, str]) -> grimp.ImportGraph:
    """A graph of these imports, with every package above their modules."""
    made = grimp.ImportGraph()
    for module in {
        "services.gateway.pool",
        "shared.errors",
        "shared.events",
        *(m for pair in imports for m in pair),
    }:
        outside = not module.startswith(("services", "shared"))
        names = module.split(".")
        for count in range(1, len(names) + 1):
            above = ".".join(names[:count])
            if above not in made.modules:
                made.add_module(above, is_squashed=outside)
    for importer, imported in imports:
        made.add_import(importer=importer, imported=imported, line_number=7, line_contents="import")
    return made


@pytest.mark.parametrize(
    ("rule", "imported"),
    [
        ("services.planning.proposal", "sqlalchemy"),  # of the service itself
        ("services.planning.plans.proposal", "sqlalchemy"),  # of a subject
        ("services.planning.plans.drafting.worth", "nats"),
        ("services.planning.plans.proposal", "services.planning.plans.commands"),
        ("services.planning.plans.proposal", "services.planning.tables.plans"),
        ("services.planning.plans.proposal", "shared.messaging.outbox"),
        ("services.planning.plans.proposal", "random"),
        ("services.planning.plans.proposal", "time"),
        ("services.gateway.openapi.merging", "services.gateway.pool"),
    ],
)
def test_a_rule_that_reaches_out_is_found(rule: str, imported: str):
    check = contract().check(graph((rule, imported)), verbose=False)
    assert not check.kept
    assert check.metadata["found"] == [(rule, imported, 7)]


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("services.planning.plans.proposal", "services.planning.plans.drafts"),
        ("services.planning.plans.proposal", "services.planning.catalogue.interventions"),
        ("services.planning.plans.proposal", "shared.errors"),
        ("services.planning.plans.proposal", "shared.events.framework"),
        ("services.planning.plans.proposal", "dataclasses"),
        ("services.planning.plans.commands", "sqlalchemy"),  # no rule
        ("services.planning.plans.commands.plans", "sqlalchemy"),
        ("services.planning.plans.api", "fastapi"),
        ("services.gateway.pool", "asyncio"),
        ("shared.messaging.outbox", "sqlalchemy"),
    ],
)
def test_other_imports_are_free(importer: str, imported: str):
    assert contract().check(graph((importer, imported)), verbose=False).kept


def test_what_is_listed_exists():
    with pytest.raises(ValueError, match="does not exist"):
        contract().check(grimp.ImportGraph(), verbose=False)
