"""Statements below a sampled span have spans of their own, and no others."""

from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler, SamplingResult

from shared.telemetry.provider import FlowSampler, _SampledStatements


class Asked(FlowSampler):
    """Counts how often it was asked: once for each span that anybody tried to make."""

    times = 0

    def should_sample(self, *args: Any, **options: Any) -> SamplingResult:
        self.times += 1
        return super().should_sample(*args, **options)


@pytest.fixture
def instrumented() -> Iterator[tuple[Asked, InMemorySpanExporter]]:
    instrumentor = _SampledStatements()
    if instrumentor.is_instrumented_by_opentelemetry:  # by an application that this process served before
        instrumentor.uninstrument()
    asked, exporter = Asked(1.0), InMemorySpanExporter()
    provider = TracerProvider(
        sampler=ParentBased(asked, local_parent_sampled=ALWAYS_ON, local_parent_not_sampled=asked)
    )
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor.instrument(tracer_provider=provider)
    yield asked, exporter
    instrumentor.uninstrument()


async def statements(url: str, sampler: Sampler | None) -> None:
    connection = await asyncpg.connect(url)
    try:
        if sampler is None:
            assert await connection.fetchval("select 1") == 1
            return
        with TracerProvider(sampler=sampler).get_tracer("test").start_as_current_span("request"):
            assert await connection.fetchval("select 1") == 1
            prepared = await connection.prepare("select 2")
            assert await prepared.fetchval() == 2
            async with connection.transaction():
                assert [row[0] async for row in connection.cursor("values (3), (4)")] == [3, 4]
    finally:
        await connection.close()


@pytest.mark.parametrize(("sampler", "spans"), [(ALWAYS_ON, True), (ALWAYS_OFF, False), (None, False)])
async def test_a_statement_has_a_span_below_a_sampled_one_only(
    service_database: Callable[[str], str], instrumented, sampler, spans
):
    asked, exporter = instrumented
    await statements(service_database("assessment"), sampler)
    names = {span.name for span in exporter.get_finished_spans()}
    assert ({"select", "CURSOR: values", "BEGIN;", "COMMIT;"} <= names) if spans else not names
    assert asked.times == 0
    assert trace.get_current_span() is trace.INVALID_SPAN
