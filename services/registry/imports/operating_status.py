"""Whether a facility operates, from the words of a list.

Closing is final here, so that only words for good count as closed. What does not operate for now (not
functional, closed for some time) stays open and is remarked on.
"""

import re
from typing import Literal

from services.registry.imports.facility_codes import normalise

Status = Literal["open", "closed", "not-yet-open", "not-operating"]

_WORDS: dict[Status, str] = {
    "open": "open, opened, operational, operating, functional, functioning, active, working, in operation, "
    "in use, fully functional, fully operational, partially functional, partially operational, semi functional, "
    "ouvert, ouverte, operationnel, operationnelle, fonctionnel, fonctionnelle, en service, actif, en activite",
    "closed": "closed, closed down, permanently closed, closed permanently, closed permanent, shut down, "
    "decommissioned, abandoned, defunct, ferme, fermee, ferme definitivement, fermee definitivement, "
    "definitivement ferme, definitivement fermee, cerrado, cerrada, fechado, fechada, encerrado, encerrada",
    "not-yet-open": "not open yet, not opened, not opened yet, under construction, construction, planned, "
    "pending, proposed, to be opened, en construction, en projet, prevu, prevue, pas encore ouvert, "
    "pas encore ouverte, pas encore fonctionnel, pas encore fonctionnelle",
    "not-operating": "non functional, not functional, nonfunctional, not functioning, non operational, "
    "not operational, nonoperational, not operating, not working, inactive, not active, suspended, "
    "temporarily closed, closed temporarily, closed temporary, temporary closed, temporarily not operational, "
    "temporarily non operational, temporarily non functional, non fonctionnel, non fonctionnelle, "
    "non operationnel, non operationnelle, ferme temporairement, fermee temporairement, "
    "temporairement ferme, temporairement fermee, inactif, suspendu, suspendue",
}
_STATUS: dict[str, Status] = {words: status for status, all_ in _WORDS.items() for words in all_.split(", ")}
# Words with more behind them, as "Pending Operation (Under construction)".
_NOT_YET = re.compile(r"not yet \w+( \w+)?|pending (operation|opening)\b.*|.*\bunder construction")


def read_status(text: str) -> Status | None:
    """The status, None for words that are not known."""
    words = normalise(text)
    return _STATUS.get(words) or ("not-yet-open" if _NOT_YET.fullmatch(words) else None)
