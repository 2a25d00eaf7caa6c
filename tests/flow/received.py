"""Spans as an OTLP receiver gets them from a running stack."""

from opentelemetry.proto.trace.v1.trace_pb2 import Span
from oteltap import OtelTapHttpProtobufReceiver


class Received:
    """The spans of one trace, as they came in."""

    def __init__(self, receiver: OtelTapHttpProtobufReceiver) -> None:
        self.spans: list[Span] = []
        self.receiver = receiver

    async def collect(self) -> None:
        async for span in self.receiver.stream_traces():
            self.spans.append(span)

    def of(self, trace_id: str) -> list[Span]:
        return [span for span in self.spans if span.trace_id.hex() == trace_id]


def attribute(span: Span, name: str) -> str:
    return next((item.value.string_value for item in span.attributes if item.key == name), "")
