"""Which of several systems that know a person has the say about a field of the record.

For a field an administrator may put systems in order. The first of them that knows the person decides what
the field holds, also that it is empty; what the others send in it is passed over. Systems that are not in the
order come after those that are, and among themselves the last word counts, as it does where there is no order.
"""

from collections.abc import Mapping, Sequence

FIELDS = ("family_name", "given_name", "phone", "email", "sex", "birth_year", "cadre")

Precedence = Mapping[str, Sequence[str]]  # by field, ids of systems that are not retired, the first one first


def superiors(precedence: Precedence, system_id: str) -> dict[str, list[str]]:
    """By field, the systems that go before one: where one of them knows a person, it has the say."""
    before = {field: _before(order, system_id) for field, order in precedence.items()}
    return {field: systems for field, systems in before.items() if systems}


def mark(precedence: Precedence, system_id: str) -> str:
    """What a line means for a system, beside its text; empty where there is no order at all."""
    orders = [f"{field}:{','.join(order)}" for field, order in sorted(precedence.items()) if order]
    return "\n".join([system_id, *orders]) if orders else ""


def _before(order: Sequence[str], system_id: str) -> list[str]:
    systems = list(order)
    return systems[: systems.index(system_id)] if system_id in systems else systems
