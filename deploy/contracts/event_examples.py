"""An example of every event, made from its type: the values that a field has are listed once, by its name."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
from msgspec import inspect

from shared.events.envelope import Envelope
from shared.events.event import Event
from shared.events.framework import COMPETENCIES

INSTANCE = "north"
_MOMENT = datetime(2026, 9, 14, 9, 30, tzinfo=UTC)

# Text and numbers whose type alone would not make a value that a reader believes.
_VALUES: dict[str, Any] = {
    "approach": "workplace-learning",
    "as_of": date(2026, 9, 30),
    "birth_year": 1984,
    "chain": "output",
    "cadre": "Nurse",
    "code": "WP-QM-1",
    "competencies": list(COMPETENCIES[:2]),
    "competency": "QM",
    "delivery": "workplace",
    "cube": "roll-ups",
    "dhis2_code": "STW_OP_01",
    "end_destination": "abroad",
    "end_reason": "resigned",
    "leaving_destination": "abroad",
    "leaving_reason": "resigned",
    "digest": "950155096964cfa71bc98fff78f4869e64dea6ee9b9fdfb22449c8c4c55c8112",
    "direction": "increase",
    "disaggregations": ["level", "district"],
    "document": {"code": "steward-core", "version": 2, "languages": ["en", "fr"], "default_language": "en"},
    "evaluation_level": 3,
    "expression": "people_assessed_24m",
    "factor": 100,
    "format": 1,
    "framework_code": "steward-core",
    "frequency": "quarter",
    "indicator": "OP-01",
    "intervention_code": "WP-QM-1",
    "item_codes": ["VS-B-1", "VS-B-2"],
    "item_marks": ["5f0d8c1b7a21", "a04be1c39d55"],
    "kind": "cycle",
    "languages": ["en", "fr"],
    "level": "I",
    "levels": ["B", "I"],
    "merged_into": str(uuid5(NAMESPACE_URL, "person_id")),
    "name": "Makeni Health Centre",
    "opened_for": None,
    "origin": "north",
    "outcome": "completed",
    "owner": "programme",
    "ownership": "public",
    "part": 1,
    "parts": 1,
    "period": "2026Q3",
    "piece": (  # a release without cells
        "H4sIAAAAAAACAy2MOwqAMBAF7/LqBGICgrmFtYj42YAQXdmYSry7W9jNwDAP5jJxQoR3vrWus8HBYKWcC+IwKrIIrbeaV6kLaSuc"
        "s61X0TKxHIiNwVmPhQQxGFwkO2//sw94Pym8jD5mAAAA"
    ),
    "revision": 1,
    "role_code": "facility-manager",
    "role_codes": ["facility-manager"],
    "prerequisites": [],
    "references": ["NHWA handbook 2017"],
    "sealing_key": "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
    "setting": "facility",
    "signing_key": "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4",
    "sex": "female",
    "source": "platform",
    "state": "closed",
    "type": "Health Centre",
    "unit": "%",
    "unit_code": "N0102",
    "unit_level": None,
    "upstream": ["IN-01"],
    "parent": "N01",
    "follow_up_days": 90,
    "gateway_url": "https://north.example.org",
    "hours": 12,
    "version": 3,
    "confirmed_by": "6f1d0c2b9a8e47355c1f0e9d8b7a6c54",
    "recorded_by": "6f1d0c2b9a8e47355c1f0e9d8b7a6c54",
}
_ARRAY = len(COMPETENCIES)  # figures over competencies
_IDS = ("_id", "_key")


def envelope(event: type[Event]) -> dict[str, Any]:
    """An example of the event in its envelope, as JSON. Raises KeyError for text that has no value here."""
    data = msgspec.convert(_value(inspect.type_info(event), event.__name__), event)
    identifier = str(uuid5(NAMESPACE_URL, event.type()))
    wrapped = Envelope(
        id=identifier,
        source=f"/steward/{INSTANCE}/{event.service}",
        type=event.type(),
        subject=str(uuid5(NAMESPACE_URL, event.service)),
        time=_MOMENT,
        data=data,
        instance=INSTANCE,
        aggregateversion=1,
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(wrapped))
    return found


def _value(kind: inspect.Type, name: str) -> Any:
    if name in _VALUES and not isinstance(kind, inspect.StructType | inspect.ListType):
        return _VALUES[name]
    match kind:
        case inspect.StructType():
            return {field.encode_name: _value(field.type, field.encode_name) for field in kind.fields}
        case inspect.UnionType():
            return _value(next(item for item in kind.types if not isinstance(item, inspect.NoneType)), name)
        case inspect.ListType():
            return _many(kind, name)
        case inspect.DictType():
            return {"en": "Text", "fr": "Texte"}
        case inspect.BoolType():
            return name not in {"acting", "suppressed"}
        case inspect.IntType():
            return 3
        case inspect.DateType():
            return _MOMENT.date()
        case inspect.DateTimeType():
            return _MOMENT
        case inspect.StrType() if name.endswith(_IDS):
            return str(uuid5(NAMESPACE_URL, name))
        case _:
            raise KeyError(f"{name} has no example: add one to deploy/contracts/event_examples.py")


def _many(kind: inspect.ListType, name: str) -> list[Any]:
    """A list: as written above, over all competencies where it holds figures, otherwise of one."""
    if isinstance(_VALUES.get(name), list) and isinstance(kind.item_type, inspect.StrType):
        return list(_VALUES[name])
    singular = {"subject_keys": "subject_key", "successors": "unit_code", "intervention_codes": "code"}
    one = _value(kind.item_type, singular.get(name, name))
    figures = isinstance(kind.item_type, inspect.IntType | inspect.UnionType | inspect.BoolType)
    return [one] * _ARRAY if figures else [one]
