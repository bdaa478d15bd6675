"""OpenTelemetry traces with W3C trace context, across HTTP, Kafka headers and stored rows.

A process without an exporter makes trace ids but records nothing. The provider is our own, not OpenTelemetry's global
one, so that several services and tests can run in one process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

_TRACEPARENT_PARTS: Final = 4
_VERSION_LENGTH, _TRACE_LENGTH, _SPAN_LENGTH = 2, 32, 16

Attribute = str | int | float | bool | None


class _Tracing:
    """Holds the process's provider, so that `configure_tracing` can replace it."""

    def __init__(self) -> None:
        self.provider = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)
        self.tracer = self.provider.get_tracer("fullhouse")

    def replace(self, provider: TracerProvider) -> None:
        self.provider.shutdown()
        self.provider = provider
        self.tracer = provider.get_tracer("fullhouse")


_tracing = _Tracing()


def configure_tracing(
    service: str, otlp_endpoint: str | None = None, *, exporters: Sequence[SpanExporter] = ()
) -> None:
    """Sends this process's spans to the OTLP collector at `otlp_endpoint` and to `exporters`.

    With neither, there are trace ids, but nothing is recorded. Tests pass an `InMemorySpanExporter`: spans reach it as
    they end. `otlp_endpoint` is the collector's base address; spans go to its `/v1/traces`.
    """
    sampler = ALWAYS_ON if otlp_endpoint or exporters else ALWAYS_OFF
    resource = Resource.create({"service.name": service})
    provider = TracerProvider(sampler=sampler, resource=resource, shutdown_on_exit=False)
    for exporter in exporters:
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    if otlp_endpoint:
        provider.add_span_processor(BatchSpanProcessor(_otlp_exporter(otlp_endpoint)))
    _tracing.replace(provider)


def _otlp_exporter(endpoint: str) -> SpanExporter:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")


def stop_tracing() -> None:
    """Sends the spans that still wait, and stops recording; for the end of a service or a test."""
    _tracing.replace(TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False))


def flush_traces(*, seconds: float = 5.0) -> None:
    """Sends the spans that wait now, within `seconds`."""
    _tracing.provider.force_flush(int(seconds * 1000))


@contextmanager
def span(
    name: str, *, kind: SpanKind = SpanKind.INTERNAL, links: Sequence[str] = (), **attributes: Attribute
) -> Iterator[Span]:
    """A span around a piece of work, child of the current one; an exception marks it failed and passes on.

    `links` are traceparents of other traces that this work serves as well (a batch).
    """
    contexts = (_parse(link) for link in links)
    with _tracing.tracer.start_as_current_span(
        name,
        kind=kind,
        links=[Link(linked) for linked in contexts if linked],
        attributes={key: value for key, value in attributes.items() if value is not None},
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield current
        except Exception as error:
            # The kind only: messages may carry personal data.
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


@contextmanager
def continue_trace(traceparent: str | None) -> Iterator[None]:
    """Continues the trace of a request, record or row; starts a new one when there is none, or a malformed one."""
    remote = _parse(traceparent) if traceparent else None
    parent = NonRecordingSpan(remote) if remote else trace.INVALID_SPAN
    token = context.attach(trace.set_span_in_context(parent))
    try:
        yield
    finally:
        context.detach(token)


def current_traceparent() -> str | None:
    """The W3C `traceparent` header value with which another process can continue this trace; None outside one."""
    current = trace.get_current_span().get_span_context()
    if not current.is_valid:
        return None
    return f"00-{current.trace_id:032x}-{current.span_id:016x}-{current.trace_flags:02x}"


def trace_id() -> str | None:
    """The current trace's id in hex."""
    current = trace.get_current_span().get_span_context()
    return f"{current.trace_id:032x}" if current.is_valid else None


def _parse(traceparent: str) -> SpanContext | None:
    parts = traceparent.strip().split("-")
    if len(parts) < _TRACEPARENT_PARTS or not _well_formed(parts):
        return None
    parsed = SpanContext(
        int(parts[1], 16), int(parts[2], 16), is_remote=True, trace_flags=TraceFlags(int(parts[3], 16))
    )
    return parsed if parsed.is_valid else None


def _well_formed(parts: Sequence[str]) -> bool:
    version, trace_hex, span_hex, flags = parts[:4]
    lengths = (len(version), len(trace_hex), len(span_hex), len(flags))
    digits = f"{version}{trace_hex}{span_hex}{flags}"
    return (
        lengths == (_VERSION_LENGTH, _TRACE_LENGTH, _SPAN_LENGTH, 2)
        and all(digit in "0123456789abcdef" for digit in digits)
        and version != "ff"
        and (version != "00" or len(parts) == _TRACEPARENT_PARTS)
    )
