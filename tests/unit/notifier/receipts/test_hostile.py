"""Callbacks whose signature is right and whose content is hostile: read, bounded, and nobody else's trouble."""

from __future__ import annotations

import json

import pytest

from chassis.errors import MalformedJson
from chassis.ids import uuid7
from chassis.texts import one_line, said
from notifier.callbacks.documents import object_in, objects_in
from notifier.receipts.domain import sendgrid_receipt, twilio_receipt, unwanted

DEEP = "[" * 100_000 + "]" * 100_000
GOOD = {"event": "delivered", "sg_event_id": "e1", "sg_message_id": "m1.recvd", "email": "a,]}@example.com"}


@pytest.mark.proves("N-8", "C-11")
@pytest.mark.parametrize("text", [DEEP, "{", "\xff", '{"n": ' + "9" * 5000 + "}", ""])
def test_a_document_that_can_not_be_read_is_malformed(text: str) -> None:
    with pytest.raises(MalformedJson):
        object_in(text)


@pytest.mark.proves("N-8")
@pytest.mark.parametrize("bad", [DEEP, '{"event": "bounce", "x": ' + DEEP + "}", "9" * 5000, '{"a": "\\\\",}'])
def test_one_record_that_can_not_be_read_spoils_none_of_its_batch(bad: str) -> None:
    batch = f"[{json.dumps(GOOD)}, {bad}, {json.dumps({**GOOD, 'sg_event_id': 'e2'})}]"
    assert [each["sg_event_id"] for each in objects_in(batch.encode())] == ["e1", "e2"]


@pytest.mark.proves("N-8")
def test_nothing_to_be_read_is_malformed() -> None:
    for body in (b"", b"[", b'[{"a": ]', b'["' + b'\\"' * 10_000):
        with pytest.raises(MalformedJson):
            objects_in(body)


@pytest.mark.proves("N-8")
@pytest.mark.parametrize("nasty", ["\0", "\ud800", "\u200b", "\u202e", "\r\n"])
def test_what_no_database_keeps_is_taken_out_and_the_raw_record_stays(nasty: str) -> None:
    event = {"event": f"bounce{nasty}", "email": f"{nasty}gone@example.com", "sg_event_id": f"e1{nasty}", "status": 5.1}
    receipt = sendgrid_receipt(event)
    assert receipt is not None
    assert (receipt.status, receipt.dedup, receipt.error_code) == ("bounce", "e1", "5.1")
    assert receipt.payload.isascii()
    assert json.loads(receipt.payload) == event
    assert unwanted([event]) == {"gone@example.com": "bounce"}
    text = twilio_receipt(
        {"MessageSid": f"SM1{nasty}", "MessageStatus": "sent", "ErrorCode": nasty}, f"{uuid7()}{nasty}"
    )
    assert text is not None
    assert (text.provider_id, text.status, text.error_code) == ("SM1", "sent", None)
    assert text.delivery_id is not None


@pytest.mark.proves("N-8")
def test_what_is_no_word_is_none() -> None:
    odds: tuple[object, ...] = ({}, [], None, True, {"event": []})
    for odd in odds:
        assert said(odd, longest=9) == ""
        assert sendgrid_receipt({"event": odd}) is None
    assert said(10**6000, longest=9) == ""
    assert one_line(" a\n\n b\0" + "c" * 99, longest=5) == "a bcc"
