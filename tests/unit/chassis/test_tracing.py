"""One trace from the first request to the last effect (M-15)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import chassis.database  # noqa: F401 it says what PostgreSQL's errors may tell
from chassis.telemetry import (
    configure_tracing,
    continue_trace,
    current_traceparent,
    span,
    stop_tracing,
    trace_id,
)
from tests.unit.chassis.samples import PARENT, TRACE


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    configure_tracing("checkout", exporters=[exporter])
    yield exporter
    stop_tracing()


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
