"""S-1: with a state file everything outlives a kill -9, and goes on; a second sandbox keeps its hands off it."""

from __future__ import annotations

import sqlite3
import stat
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import stripe
from sendgrid.helpers.mail import Mail

from chassis.settings import SettingsError
from sandbox.app import create
from tests.contract.sandbox.support import (
    OUR_NUMBER,
    Receiver,
    Running,
    environment,
    killable,
    receiving,
    session_params,
)

pytestmark = pytest.mark.proves("S-1")
CARD, DEBIT = "4242 4242 4242 4242", "debit_succeeds"
PHONE = "+13525550123"


class Mortal:
    """A sandbox that is killed and started again, always with the same file."""

    def __init__(self, receiver: Receiver, state: Path) -> None:
        self._receiver, self._state = receiver, state
        self._begin()

    def _begin(self) -> None:
        self._life = killable(self._receiver, self._state)
        self.sandbox, self._child = self._life.__enter__()

    def killed(self) -> Running:
        """The next one."""
        self._child.kill()
        self.end()
        self._begin()
        return self.sandbox

    def end(self) -> None:
        self._life.__exit__(None, None, None)


@pytest.fixture
def mortal(receiver: Receiver, tmp_path: Path) -> Iterator[Mortal]:
    made = Mortal(receiver, tmp_path / "state.db")
    yield made
    made.end()


def test_payments_go_on_where_they_were(mortal: Mortal, receiver: Receiver, tmp_path: Path) -> None:
    first = mortal.sandbox
    paid, waiting, debit = (first.new_session().id for _ in range(3))
    charge = first.pay(paid, CARD)["charge"]
    first.pay(debit, DEBIT)
    first.stripe.v1.refunds.create({"charge": charge, "amount": 100})
    endpoint = first.stripe.v1.webhook_endpoints.create({"url": f"{receiver.url}/other", "enabled_events": ["*"]})
    before = first.control("GET", "state")["stripe"]
    assert stat.S_IMODE((tmp_path / "state.db").stat().st_mode) == 0o600

    second = mortal.killed()
    after = second.control("GET", "state")["stripe"]
    assert _settled(after) == _settled(before)
    assert second.stripe.v1.charges.retrieve(charge).amount_refunded == 100
    kept = [each.id for each in second.stripe.v1.webhook_endpoints.list().data]
    assert endpoint.id in kept
    assert len(kept) == 2
    assert second.pay(waiting, CARD)["outcome"] == "paid"
    second.advance(180)
    assert second.stripe.v1.checkout.sessions.retrieve(debit).payment_status == "paid"
    receiver.wait_for_stripe("checkout.session.async_payment_succeeded")
    listed = second.stripe.v1.checkout.sessions.list().data
    assert [each.id for each in listed] == [debit, waiting, paid]


def test_an_end_of_life_and_a_moved_clock_are_kept(mortal: Mortal, receiver: Receiver) -> None:
    session = mortal.sandbox.new_session().id
    mortal.sandbox.advance(30 * 60)
    again = mortal.killed()
    assert again.control("GET", "state")["clock"]["advancedSeconds"] == 30 * 60
    assert again.stripe.v1.checkout.sessions.retrieve(session).status == "open"
    again.advance(5 * 60)
    assert again.stripe.v1.checkout.sessions.retrieve(session).status == "expired"
    receiver.wait_for_stripe("checkout.session.expired")


def test_idempotency_keys_are_kept(mortal: Mortal) -> None:
    options: Any = {"idempotency_key": "order-1"}
    params = session_params()
    made = mortal.sandbox.stripe.v1.checkout.sessions.create(params, options)
    again = mortal.killed()
    assert again.stripe.v1.checkout.sessions.create(params, options).id == made.id
    with pytest.raises(stripe.IdempotencyError):
        again.stripe.v1.checkout.sessions.create(session_params(client_reference_id="order-2"), options)


def test_refused_webhooks_are_tried_again_on_the_vendors_schedule(mortal: Mortal, receiver: Receiver) -> None:
    receiver.answers = [500] * 40
    session = mortal.sandbox.new_session().id
    mortal.sandbox.pay(session, CARD)
    receiver.wait_for_stripe("checkout.session.completed")
    _until(lambda: mortal.sandbox.control("GET", "state")["webhooks"]["refused"].get("stripe", 0) >= 2)
    again = mortal.killed()
    receiver.answers = []
    pending = again.control("GET", "state")["webhooks"]["pending"]
    assert pending == 2  # the session's and the charge's
    again.advance(300)
    receiver.wait_for_stripe("checkout.session.completed", 2)
    receiver.wait_for_stripe("charge.succeeded", 2)
    assert again.control("GET", "state")["webhooks"]["pending"] == 0
    assert again.control("GET", "state")["stripe"]["eventsUndelivered"] == 0


def test_messages_of_every_channel_and_faults_are_kept(mortal: Mortal, receiver: Receiver) -> None:
    first = mortal.sandbox
    text = first.twilio.messages.create(to=PHONE, from_=OUR_NUMBER, body="hello")
    mail = Mail("tickets@example.com", "jordan@example.com", "Hello", "plain", "<p>rich</p>")
    first.sendgrid.send(mail)
    posted = first.slack.chat_postMessage(channel="#alerts", text="chat")
    key = first.pagerduty.trigger("page", "test")
    first.control("POST", "twilio/reply", {"from": "+13525550177", "body": "STOP"})
    fault: dict[str, Any] = {"vendor": "twilio", "kind": "error", "share": 0.5, "seed": 7}
    first.fault(**fault)
    _until(lambda: first.control("GET", "state")["webhooks"]["pending"] == 0 and len(first.messages()) == 5)
    _until(
        lambda: (
            [each["status"] for each in first.messages() if each["channel"] in ("sms", "email")].count("delivered") == 2
        )
    )
    said, before = first.messages(), first.control("GET", "state")

    again = mortal.killed()
    after = again.control("GET", "state")
    assert again.messages() == said
    for part in ("twilio", "sendgrid", "slack", "pagerduty", "messages"):
        assert after[part] == before[part], part
    assert [each["seed"] for each in after["faults"]] == [7]
    again.control("DELETE", "faults")
    assert again.twilio.messages(text.sid).fetch().status == "delivered"
    edited = again.slack.chat_update(channel=posted["channel"], ts=posted["ts"], text="edited")
    assert edited["ok"]
    again.pagerduty.resolve(key)
    _until(lambda: again.control("GET", "state")["pagerduty"]["byStatus"] == {"resolved": 1})
    numbers = [each["number"] for each in after["pagerduty"]["incidents"]]
    again.pagerduty.trigger("another", "test")
    _until(lambda: len(again.control("GET", "pagerduty/incidents")["data"]) == 2)
    assert max(each["number"] for each in again.control("GET", "pagerduty/incidents")["data"]) == numbers[0] + 1


def test_what_was_under_way_to_people_arrives(mortal: Mortal, receiver: Receiver) -> None:
    for number in range(20):
        callback = f"{receiver.url}/status/{number}"
        mortal.sandbox.twilio.messages.create(to=PHONE, from_=OUR_NUMBER, body=str(number), status_callback=callback)
    again = mortal.killed()
    _until(lambda: {each["status"] for each in again.messages()} == {"delivered"})
    assert len(again.messages()) == 20
    for number in range(20):
        receiver.wait(where=lambda hook, number=number: hook.path == f"/status/{number}"  # type: ignore[misc]
                      and hook.form()["MessageStatus"] == "delivered")  # fmt: skip


def test_whatever_was_answered_is_there_after_kills_under_load(mortal: Mortal) -> None:
    answered: list[str] = []
    for _ in range(3):
        with ThreadPoolExecutor(8) as pool:
            buyers = [pool.submit(_buy_until_killed, mortal.sandbox, answered) for _ in range(8)]
            while len(answered) < 40 and not all(each.done() for each in buyers):
                time.sleep(0.01)
            mortal._child.kill()
        known = {each["id"] for each in mortal.killed().control("GET", "state")["stripe"]["sessions"]}
        assert set(answered) <= known
        answered.clear()


@pytest.mark.parametrize("path", ["", "missing/state.db"])
def test_a_file_that_can_not_be_had_is_told_in_a_sentence(mortal: Mortal, tmp_path: Path, path: str) -> None:
    """Another sandbox has it open, or there is no such folder."""
    file = tmp_path / (path or "state.db")
    with receiving() as receiver, pytest.raises(SettingsError, match="SANDBOX_STATE_FILE can't be used"):
        create(environment(receiver, SANDBOX_STATE_FILE=str(file)))


def test_what_this_release_can_not_read_is_told_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    with receiving() as receiver:
        given = environment(receiver, SANDBOX_STATE_FILE=str(file))
        create(given).world.keep.close()
        with closing(sqlite3.connect(file)) as state, state:
            state.execute("INSERT INTO objects (shelf, id, body) VALUES ('messages', 'm', '{}')")
        with pytest.raises(SettingsError, match="messages that this release can't read"):
            create(given)


def _buy_until_killed(sandbox: Running, answered: list[str]) -> None:
    while True:
        try:
            answered.append(sandbox.new_session().id)
        except stripe.APIConnectionError:
            return


def _settled(state: dict[str, Any]) -> dict[str, Any]:
    """Without what webhooks under way may still change."""
    return {name: part for name, part in state.items() if name != "eventsUndelivered"}


def _until(condition: Any) -> None:
    ends = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)
