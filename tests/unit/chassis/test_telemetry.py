from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import BaseModel, Field, SecretStr

import chassis.database  # noqa: F401 it says what PostgreSQL's errors may tell
from chassis.telemetry import (
    CATALOGUE,
    Level,
    configure_logging,
    configure_tracing,
    continue_trace,
    current_traceparent,
    get_logger,
    mask_email,
    mask_phone,
    mask_text,
    span,
    stop_tracing,
    trace_id,
)
from chassis.telemetry.library_logs import LibraryHandler
from chassis.telemetry.masking import mask_fields

log = get_logger()
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    configure_logging("checkout", stream=stream, now=lambda: datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
    yield stream
    configure_logging("checkout", stream=io.StringIO())


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    configure_tracing("checkout", exporters=[exporter])
    yield exporter
    stop_tracing()


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


Personal = Annotated[str, Field(json_schema_extra={"x-personal": True})]


class Customer(BaseModel):
    plan: str = "gold"
    nickname: Personal = "Janie"
    handle: Annotated[Personal | None, Field(description="on the badge")] = "janie_d"
    email: str = "jane@example.com"


@pytest.mark.proves("E-10", "M-15")
def test_secret_and_personal_fields_are_masked_wherever_they_are() -> None:
    fields = mask_fields(
        {
            "email": "jane@example.com",
            "customerEmail": "joe@example.org",
            "phone": "+1-352-555-0100",
            "firstName": "Jane",
            "name": "Jane Doe",
            "to": "+13525550100",
            "Authorization": "Bearer abc",
            "token": "abc",
            "ticket_codes": ["FH1:X"],
            "api_key": "abc",
            "nested": {"password": "abc", "items": [{"email": "jane@example.com"}]},
            "customer": Customer(),
            "secret": SecretStr("abc"),
            "given": SecretStr("abc"),
            "body": b"raw",
            "event_name": "order.paid",
            "idempotency_key": "k-1",
            "day": date(2026, 1, 1),
            "amount": 5,
            "nothing": None,
        }
    )
    assert fields == {
        "email": "j***@example.com",
        "customerEmail": "j***@example.org",
        "phone": "***0100",
        "firstName": "[REDACTED]",
        "name": "[REDACTED]",
        "to": "***0100",
        "Authorization": "[REDACTED]",
        "token": "[REDACTED]",
        "ticket_codes": "[REDACTED]",
        "api_key": "[REDACTED]",
        "nested": {"password": "[REDACTED]", "items": [{"email": "j***@example.com"}]},
        "customer": {"plan": "gold", "nickname": "[REDACTED]", "handle": "[REDACTED]", "email": "j***@example.com"},
        "secret": "[REDACTED]",
        "given": "[REDACTED]",
        "body": "[REDACTED]",
        "event_name": "order.paid",
        "idempotency_key": "k-1",
        "day": "2026-01-01",
        "amount": 5,
        "nothing": None,
    }


@pytest.mark.proves("E-10")
@pytest.mark.parametrize(
    "secret",
    [
        "sk_live_51Hxyz",
        "sk_test_sandbox",
        "rk_live_abc",
        "whsec_MfKQ9r8G",
        "SG.abcdefgh.ijklmnop",
        "xoxb-123-abc",
        "Bearer abc.def",
        "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1In0.c2ln",
        "jane.doe+tag@example.com",
        "+1-352-555-0100",
        "+13525550100",
        "FH1:" + "A1 $%*+-./:" * 12,
    ],
)
def test_texts_that_look_like_secrets_are_masked(secret: str) -> None:
    masked = mask_text(f"failed with {secret}, again")
    assert secret not in masked
    assert masked.startswith("failed with ")


def test_passwords_in_addresses_are_masked() -> None:
    assert mask_text("postgresql://me:pw@db:5432/x") == "postgresql://[REDACTED]@db:5432/x"


def test_texts_without_secrets_stay_as_they_are() -> None:
    text = "order 0190a5c2-7d3e at 2026-11-21T12:00:00+00:00, 2 + 3 seats, dallas-jan-2027"
    assert mask_text(text) == text


@given(
    st.recursive(
        st.none() | st.integers() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_anything_can_be_logged(value: object) -> None:
    json.dumps(mask_fields({"value": value}))


def test_partial_masks_let_people_recognise_each_other() -> None:
    assert mask_email("jane@example.com") == "j***@example.com"
    assert mask_email("nonsense") == "[REDACTED]"
    assert mask_phone("+13525550100") == "***0100"
    assert mask_phone("123") == "[REDACTED]"


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


def test_one_trace_goes_from_parent_to_child_and_on(spans: InMemorySpanExporter) -> None:
    with continue_trace(PARENT), span("outer", city="dallas", skipped=None):
        carried = current_traceparent()
        assert trace_id() == TRACE
    assert carried is not None
    with continue_trace(carried), span("later"):
        pass
    outer, later = spans.get_finished_spans()
    assert {f"{each.context.trace_id:032x}" for each in (outer, later) if each.context} == {TRACE}
    assert later.parent is not None
    assert later.parent.span_id == int(carried.split("-")[2], 16)
    assert outer.attributes == {"city": "dallas"}


def test_failed_spans_carry_the_kind_of_failure_only(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="jane"), span("work"):
        raise ValueError("jane@example.com")
    [failed] = spans.get_finished_spans()
    assert failed.status.description == "ValueError"
    assert not failed.events


def test_links_join_a_batch_to_the_traces_it_serves(spans: InMemorySpanExporter) -> None:
    with span("batch", links=[PARENT, "rubbish"]):
        pass
    [batch] = spans.get_finished_spans()
    assert [f"{link.context.trace_id:032x}" for link in batch.links] == [TRACE]


def test_ids_flow_even_where_nothing_is_recorded() -> None:
    stop_tracing()
    assert trace_id() is None
    assert current_traceparent() is None
    with span("work"):
        made = trace_id()
        with span("inner"):
            assert trace_id() == made
    assert made is not None


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        "",
        "rubbish",
        f"00-{'0' * 32}-{'1' * 16}-01",
        f"ff-{TRACE}-{'1' * 16}-01",
        f"00-{TRACE.upper()}-{'1' * 16}-01",
        f"00-{TRACE}-{'1' * 16}-01-extra",
        f"00-{TRACE}-{'1' * 16}-zz",
    ],
)
def test_bad_parents_start_afresh(traceparent: str | None) -> None:
    with continue_trace(traceparent):
        assert trace_id() is None
        with span("work"):
            assert trace_id() not in {None, TRACE}
