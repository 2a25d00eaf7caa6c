"""Flows that failed or were slow are recorded, whatever the sampling ratio (decision 15).

Of a flow that is not sampled each process remembers its few outer spans for some seconds: requests, events
published, events applied; no statements. When one of them failed or ended late, the process exports
what it remembers of that flow and tells the others (shared/messaging/tail_signals.py), so that the trace is whole.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from shared.telemetry.light_spans import LightSpan

SLOW_NS = 2_000_000_000
GENERATION = 5_000  # spans; two generations are remembered, 9 MB as they are, whatever callers send
GENERATION_NS = 60_000_000_000  # an event that failed is delivered again within 30 s
RECORDED = 10_000  # flows whose later spans are still exported
FAILED_BURST, FAILED_A_SECOND = 200, 50.0  # flows that one process begins to record
SLOW_BURST, SLOW_A_SECOND = 50, 5.0  # when everything is late, some examples are enough
_LONGEST_NS = 86_400_000_000_000


class TimedIds(RandomIdGenerator):
    """Trace ids that begin with the milliseconds since 1970 in 48 bits, as UUIDs of version 7 do.

    So every process knows when a flow began. The other 80 bits are random, and a sampling ratio looks at those.
    """

    def generate_trace_id(self) -> int:
        """A new id, 16 bytes as an integer."""
        return (time.time_ns() // 1_000_000 << 80) | (super().generate_trace_id() & ((1 << 80) - 1))


def began(trace_id: int, now: int) -> int | None:
    """When the flow of `trace_id` began, ns since 1970; None of an id that somebody else made."""
    start = (trace_id >> 80) * 1_000_000
    return start if now - _LONGEST_NS < start <= now else None


class Allowance:
    """So many at once, then so many a second."""

    def __init__(self, burst: int, a_second: float) -> None:
        self._burst, self._a_second = burst, a_second
        self._left, self._at = float(burst), time.monotonic()

    def take(self) -> bool:
        """Whether there is one left."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._a_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Flows:
    """What one process remembers of flows that are not sampled, and which of them are recorded after all."""

    def __init__(self, export: Callable[[LightSpan], None], generation: int = GENERATION) -> None:
        """Hand spans of recorded flows to `export`; remember one to two generations of the others."""
        self._export = export
        self._generation = generation
        self._young: dict[int, list[LightSpan]] = {}
        self._old: dict[int, list[LightSpan]] = {}
        self._count, self._turned = 0, time.time_ns()
        self._recorded: OrderedDict[int, None] = OrderedDict()
        self._failed = Allowance(FAILED_BURST, FAILED_A_SECOND)
        self._slow = Allowance(SLOW_BURST, SLOW_A_SECOND)
        self.tell: Callable[[int], None] = lambda _: None

    def ended(self, span: LightSpan) -> None:
        """Take a span: exported when its flow is recorded, and one that failed or is late sees to that."""
        flow = span.context.trace_id
        if flow in self._recorded:
            self._export(span)
            return
        self._remember(flow, span)
        if (span.failed and self._failed.take()) or (_late(span) and self._slow.take()):
            self.record(flow)
            self.tell(flow)

    def record(self, flow: int) -> None:
        """Export what is remembered of a flow, and what it does from now on."""
        self._recorded[flow] = None
        if len(self._recorded) > RECORDED:
            self._recorded.popitem(last=False)
        for span in (*self._old.pop(flow, ()), *self._young.pop(flow, ())):
            self._export(span)

    def _remember(self, flow: int, span: LightSpan) -> None:
        span.slim()
        if self._count >= self._generation or span.end_ns - self._turned > GENERATION_NS:
            self._old, self._young = self._young, {}
            self._count, self._turned = 0, span.end_ns
        self._count += 1
        known = self._young.get(flow)
        if known is None:
            self._young[flow] = [span]
        else:
            known.append(span)


def _late(span: LightSpan) -> bool:
    """Whether a span took two seconds, or ended two seconds after its flow began."""
    if span.end_ns - span.start_ns >= SLOW_NS:
        return True
    start = began(span.context.trace_id, span.end_ns)
    return start is not None and span.end_ns - start >= SLOW_NS
