"""Logs and traces: JSON lines on stdout with trace ids, OpenTelemetry spans that cross HTTP, Kafka and workers."""

from __future__ import annotations

from chassis.telemetry.logging import Logger, configure_logging, get_logger
from chassis.telemetry.masking import mask_email, mask_phone, mask_text
from chassis.telemetry.names import CATALOGUE, CountedName, ErrorName, InfoName, Level, LogEvent, LogName
from chassis.telemetry.tracing import (
    configure_tracing,
    continue_trace,
    current_traceparent,
    flush_traces,
    span,
    stop_tracing,
    trace_id,
)

__all__ = [
    "CATALOGUE",
    "CountedName",
    "ErrorName",
    "InfoName",
    "Level",
    "LogEvent",
    "LogName",
    "Logger",
    "configure_logging",
    "configure_tracing",
    "continue_trace",
    "current_traceparent",
    "flush_traces",
    "get_logger",
    "mask_email",
    "mask_phone",
    "mask_text",
    "span",
    "stop_tracing",
    "trace_id",
]
