"""Which calls are made again, and after how long."""

import random
from dataclasses import dataclass

NOTHING_DONE = frozenset({429, 503})  # Steward answers them before it changes anything
OUTCOME_UNKNOWN = frozenset({502, 504})  # the change may have been made before the answer was lost
LOST_ON_THE_WAY = frozenset({"database-away", "broker-away"})  # 503, but perhaps once the change was made


@dataclass(frozen=True, slots=True)
class Retries:
    """A call is made again for up to `patience` seconds, with pauses that double from `first` to `longest`.

    A pause is as long as the answer's `Retry-After` asks, if that is longer and `heed_retry_after` is set.
    """

    patience: float = 30.0
    first: float = 0.2
    longest: float = 5.0
    heed_retry_after: bool = True

    def pause(self, attempt: int, spent: float, retry_after: float | None) -> float | None:
        """Seconds to wait after an `attempt`, counted from 0, when `spent` seconds have gone; None to give up."""
        usual = min(self.longest, self.first * 2.0 ** min(attempt, 30)) * random.uniform(0.75, 1.0)
        wait = max(usual, retry_after or 0.0) if self.heed_retry_after else usual
        return wait if spent + wait <= self.patience else None


def repeatable(status: int, code: str = "", *, safe: bool) -> bool:
    """Whether an answer of `status` and `code` may be followed by the call again; `safe` if it changes nothing."""
    if status in NOTHING_DONE:
        return safe or code not in LOST_ON_THE_WAY
    return safe and status in OUTCOME_UNKNOWN


def seconds(retry_after: str | None) -> float | None:
    """The header `Retry-After` in seconds; None for a date, which Steward does not send."""
    return float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None
