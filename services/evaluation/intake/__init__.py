"""How facts come in: events of other services, reactions and test results."""
