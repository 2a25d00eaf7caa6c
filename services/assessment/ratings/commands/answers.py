"""The answers of a response: whether they fit their instrument, and how they are stored."""

from collections.abc import Sequence

from services.assessment.frameworks.commands.instruments import Instrument
from shared.errors import FieldError, Invalid
from shared.events.framework import COMPETENCIES

MAX_ITEMS = 400  # an overlay adds items to the core's 33, it does not multiply them


def check(
    instrument: Instrument,
    category: str,
    ratings: Sequence[int | None],
    relevance: Sequence[int | None] | None,
) -> None:
    """Whether a response fits its instrument and relation. Raises Invalid `response-invalid`."""
    errors = []
    if len(ratings) != len(instrument.item_codes):
        detail = f"The instrument has {len(instrument.item_codes)} items, not {len(ratings)}."
        errors.append(FieldError("/ratings", "length", detail))
    elif not any(ratings):
        errors.append(FieldError("/ratings", "empty", "At least one item must be rated."))
    if relevance is not None and category not in ("self", "manager"):
        errors.append(FieldError("/relevance", "not-asked", "Relevance is asked of self and manager only."))
    elif relevance is not None and len(relevance) != len(COMPETENCIES):
        errors.append(FieldError("/relevance", "length", f"There are {len(COMPETENCIES)} competencies."))
    if errors:
        raise invalid(errors)


def encoded(pointer: str, values: Sequence[int | None]) -> list[int]:
    """Ratings as stored: 1 to 5, and 0 where the sender wrote null. Raises Invalid `response-invalid`."""
    if len(values) > MAX_ITEMS:
        raise invalid([FieldError(pointer, "length", f"More than {MAX_ITEMS} values.")])
    wrong = [
        FieldError(f"{pointer}/{place}", "out-of-range", f"{value} is not 1..5 or null.")
        for place, value in enumerate(values)
        if value is not None and not 0 <= value <= 5
    ]
    if wrong:
        raise invalid(wrong)
    return [value or 0 for value in values]


def invalid(errors: list[FieldError]) -> Invalid:
    """The refusal of a response that cannot be read as one."""
    return Invalid("response-invalid", "The response does not fit the instrument.", errors)


def aligned(pointer: str, values: dict[str, int | None], codes: Sequence[str]) -> list[int | None]:
    """Values by code, in the order of `codes`; a code left out is N/A."""
    unknown = set(values) - set(codes)
    if unknown:
        raise invalid(
            [
                FieldError(
                    f"{pointer}/{code.replace('~', '~0').replace('/', '~1')}", "unknown", "No such code."
                )
                for code in sorted(unknown)
            ]
        )
    return [values.get(code) for code in codes]
