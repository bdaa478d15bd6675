"""What a log line says, and what libraries may say (M-15, M-18)."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import pytest
from pydantic import BaseModel, Field

import chassis.database  # noqa: F401 it says what PostgreSQL's errors may tell
from chassis.telemetry import CATALOGUE, Level, configure_logging, continue_trace, get_logger, span
from chassis.telemetry.library_logs import LibraryHandler
from tests.unit.chassis.samples import PARENT, TRACE

log = get_logger()


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    configure_logging("checkout", stream=stream, now=lambda: datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
    yield stream
    configure_logging("checkout", stream=io.StringIO())


def read(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.proves("M-15")
def test_a_line_is_json_with_name_level_service_and_trace(lines: io.StringIO) -> None:
    with continue_trace(PARENT), span("work"):
        log.bind(order_id=UUID(int=1)).info("order_placed", quantity=2, at=datetime(2026, 1, 1, tzinfo=UTC))
    assert read(lines) == [
        {
            "timestamp": "2026-11-21T12:00:00.000Z",
            "level": "info",
            "event": "order_placed",
            "service": "checkout",
            "trace_id": TRACE,
            "order_id": "00000000-0000-0000-0000-000000000001",
            "quantity": 2,
            "at": "2026-01-01T00:00:00+00:00",
        }
    ]


def test_the_name_decides_the_level(lines: io.StringIO) -> None:
    log.warning("inventory_low_stock")
    log.error("oversold_tickets")
    log.record("payment_declined")
    assert [line["level"] for line in read(lines)] == ["warn", "error", "info"]


def test_names_outside_the_catalogue_stand_out(lines: io.StringIO) -> None:
    log.info("made_up", email="jane@example.com")  # type: ignore[arg-type]
    [line] = read(lines)
    assert (line["event"], line["unlisted"], line["level"]) == ("unlisted_event", "made_up", "error")


def test_exceptions_are_told_without_what_they_carry(lines: io.StringIO) -> None:
    try:
        int("card of jane@example.com refused by sk_live_123abc")
    except ValueError:
        log.exception("request_failed")
    [line] = read(lines)
    assert line["error_kind"] == "builtins.ValueError"
    assert "test_exceptions_are_told" in line["traceback"]
    assert "jane@" not in lines.getvalue()
    assert "sk_live_123abc" not in lines.getvalue()


WHO = "Jordan Ellis"


class Person(BaseModel):
    name: Annotated[str, Field(max_length=5)]


def broken_constraint() -> None:
    fields = {
        "C": "23505",
        "M": "duplicate key value violates unique constraint",
        "D": f"Key (name)=({WHO}) already exists.",
        "t": "orders",
        "n": "orders_by_name",
    }
    raise asyncpg.PostgresError.new(fields)


def wrong_type() -> None:
    raise asyncpg.DataError(f"invalid input for query argument $1: {WHO!r} (an integer is required)")


def wrong_model() -> None:
    Person(name=WHO)


def caused() -> None:
    try:
        broken_constraint()
    except asyncpg.PostgresError as error:
        raise RuntimeError("the order was not written") from error


def in_a_group() -> None:
    try:
        broken_constraint()
    except asyncpg.PostgresError as error:
        raise ExceptionGroup("several", [error]) from None


@pytest.mark.proves("E-10", "M-15")
@pytest.mark.parametrize("fail", [broken_constraint, wrong_type, wrong_model, caused, in_a_group])
def test_values_that_an_error_quotes_are_not_told(lines: io.StringIO, fail: Callable[[], None]) -> None:
    try:
        fail()
    except Exception:
        log.exception("request_failed")
    [line] = read(lines)
    assert WHO not in lines.getvalue()
    assert fail.__name__ in line["traceback"]


def test_a_broken_constraint_is_told_by_name(lines: io.StringIO) -> None:
    try:
        caused()
    except RuntimeError:
        log.exception("request_failed")
    [line] = read(lines)
    assert line["error"] == "the order was not written"
    assert "SQLSTATE 23505, table orders, constraint orders_by_name" in line["traceback"]
    assert "direct cause" in line["traceback"]


def test_fields_can_not_take_the_place_of_the_head(lines: io.StringIO) -> None:
    log.info("order_placed", event="other", level="critical", service="other", timestamp="never", self=1)
    [line] = read(lines)
    assert (line["event"], line["level"], line["service"]) == ("order_placed", "info", "checkout")


@pytest.mark.proves("M-18")
def test_catalogue_contains_the_tables_of_the_rules() -> None:
    error = {
        "payment_processing_failed", "inventory_oversold_detected", "webhook_signature_invalid", "sms_delivery_failed",
        "stripe_api_errors", "webhook_processing_failed", "oversold_tickets", "inventory_sync_failed",
        "notification_queue_full", "twilio_rate_limited", "database_connection_lost", "memory_leak_detected",
        "api_timeout", "disk_space_low",
    }  # fmt: skip
    warn = {
        "inventory_low_stock", "response_time_elevated", "rate_limit_approaching", "unusual_traffic_pattern",
        "slow_request", "high_memory_usage", "invalid_payment_data", "concurrent_purchase_conflict", "email_bounce",
    }  # fmt: skip
    info = {
        "checkout_session_created", "payment_successful", "sms_notification_sent", "inventory_updated",
        "request_metrics", "sms_health_check", "inventory_metrics", "payment_health_check",
        "inventory_expansion_completed", "payment_declined", "reservation_expired",
    }  # fmt: skip
    for level, names in ((Level.ERROR, error), (Level.WARN, warn), (Level.INFO, info)):
        assert {CATALOGUE[name].level for name in names} == {level}


@pytest.mark.proves("M-15")
def test_the_level_decides_how_long_a_line_is_kept() -> None:
    assert [level.retention.days for level in (Level.ERROR, Level.WARN, Level.INFO)] == [90, 30, 7]


def test_lines_of_libraries_join_ours_and_can_not_flood(lines: io.StringIO) -> None:
    kafka = logging.getLogger("aiokafka.conn")
    for node in range(100):
        kafka.error("Unable to connect to node %s", node)
    kafka.info("connected")
    logging.getLogger("other").warning("slow")
    events = [(line["event"], line.get("message")) for line in read(lines)]
    assert events == [
        ("library_error", "Unable to connect to node 0"),
        ("library_error", "Unable to connect to node 1"),
        ("library_error", "Unable to connect to node 2"),
        ("library_warning", "slow"),
    ]


def test_suppressed_lines_are_counted_when_their_window_is_over() -> None:
    emitted: list[tuple[str, dict[str, object]]] = []
    now = 0.0
    handler = LibraryHandler(lambda _level, event, fields: emitted.append((event, fields)), monotonic=lambda: now)
    record = logging.LogRecord("aiokafka", logging.ERROR, "x.py", 1, "down %s", ("a",), None)
    for _ in range(10):
        handler.emit(record)
    now = 11.0
    handler.emit(record)
    assert [event for event, _ in emitted] == ["library_error"] * 3 + ["library_lines_suppressed", "library_error"]
    assert emitted[3][1] == {"logger": "aiokafka", "message": "down %s", "suppressed": 7}


def test_a_broken_line_of_a_library_is_still_told() -> None:
    emitted: list[dict[str, object]] = []
    handler = LibraryHandler(lambda _level, _event, fields: emitted.append(fields))
    handler.emit(logging.LogRecord("lib", logging.ERROR, "x.py", 1, "%d items", ("many",), None))
    assert emitted == [{"logger": "lib", "message": "%d items"}]
