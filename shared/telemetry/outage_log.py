"""What the log says of something that is away: the loss at once, then now and then, and the return."""

import logging
import time

QUIET_SECONDS = 30.0


class Outage:
    """One thing that may be away for long while attempts to reach it fail many times a minute."""

    def __init__(self, log: logging.Logger, name: str) -> None:
        self._log = log
        self._name = name
        self._since: float | None = None
        self._reported = 0.0

    @property
    def lasts(self) -> bool:
        """Whether it is away now."""
        return self._since is not None

    def goes_on(self, reason: str) -> None:
        """It is away: say so the first time, and again at most every 30 seconds."""
        now = time.monotonic()
        if self._since is None:
            self._since = self._reported = now
            self._log.warning("%s is away (%s)", self._name, reason)
        elif now - self._reported >= QUIET_SECONDS:
            self._reported = now
            self._log.warning("%s is away for %.0f s (%s)", self._name, now - self._since, reason)

    def ends(self) -> None:
        """It is back: say so once."""
        if self._since is not None:
            self._log.warning("%s is back after %.1f s", self._name, time.monotonic() - self._since)
            self._since = None
