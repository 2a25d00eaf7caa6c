"""Statements below a sampled span have spans of their own, and no others."""

from collections.abc import Callable, Iterator

import asyncpg
import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler

from shared.telemetry import FlowSampler, _SampledStatements


@pytest.fixture
def instrumented() -> Iterator[tuple[_SampledStatements, InMemorySpanExporter]]:
    AsyncPGInstrumentor().uninstrument()
    provider, exporter = TracerProvider(sampler=ParentBased(FlowSampler(1.0))), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = _SampledStatements()
    instrumentor.instrument(tracer_provider=provider)
    yield instrumentor, exporter
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
    _, exporter = instrumented
    await statements(service_database("assessment"), sampler)
    names = {span.name for span in exporter.get_finished_spans()}
    assert ({"select", "CURSOR: values", "BEGIN;", "COMMIT;"} <= names) if spans else not names
    assert trace.get_current_span() is trace.INVALID_SPAN
