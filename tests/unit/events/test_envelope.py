"""CloudEvents in Kafka's headers (E-2): what we write is read back, anything else is refused clearly."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.ids import uuid7
from events import Envelope, EnvelopeError

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def envelope(event_id: UUID | None = None, traceparent: str | None = TRACE) -> Envelope:
    return Envelope(
        id=event_id or uuid7(),
        source="checkout",
        type="fullhouse.order.paid.v1",
        time=datetime(2026, 11, 21, 12, 0, tzinfo=UTC),
        subject="order",
        traceparent=traceparent,
    )


@pytest.mark.proves("E-2")
def test_it_is_read_back() -> None:
    written = envelope()
    assert Envelope.parse(written.headers()) == written


@pytest.mark.proves("E-2")
def test_the_headers_are_those_of_cloudevents_binary_mode() -> None:
    headers = dict(envelope().headers())
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_time"] == b"2026-11-21T12:00:00Z"
    assert headers["content-type"] == b"application/json"
    assert headers["traceparent"] == TRACE.encode()


@pytest.mark.proves("E-2")
def test_an_id_of_another_kind_is_refused() -> None:
    with pytest.raises(EnvelopeError, match="version 4"):
        Envelope.parse(envelope(uuid4()).headers())


@pytest.mark.proves("E-2")
def test_a_traceparent_that_is_none_is_left_out_and_counts_for_nothing() -> None:
    headers = [*envelope(traceparent=None).headers(), ("traceparent", b"rubbish")]
    assert Envelope.parse(headers).traceparent is None


@pytest.mark.proves("E-5")
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ce_id", "ce_type", "ce_time", "ce_source", "ce_specversion", "traceparent", "x"]),
            st.one_of(st.none(), st.binary(max_size=40)),
        )
    )
)
def test_any_headers_at_all_end_in_an_envelope_or_in_an_envelope_error(
    headers: list[tuple[str, bytes | None]],
) -> None:
    try:
        Envelope.parse([*envelope().headers(), *headers])
    except EnvelopeError:
        return
