"""What is made of endpoints, secrets, deliveries and the store, each as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checkout.endpoints.checking import checked
from checkout.endpoints.diagnosing import diagnosed
from checkout.endpoints.domain import (
    AccountsSeen,
    CheckFacts,
    DiagnosisFacts,
    Finding,
    FindingState,
    Probe,
    SetUp,
    Undelivered,
    Unread,
    Verdict,
)
from checkout.payments.processors.port import Account, Endpoint
from checkout.webhooks.domain import ListedWebhook, RawWebhook, RefusedRequests, SecretInUse, WebhookState

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
TYPES = frozenset({"charge.refunded", "checkout.session.completed"})
SETUP = SetUp(
    public_url="https://tickets.example.com",
    live_mode=True,
    stood_in=False,
    publishable=True,
    handled=TYPES,
    marks=("new", "old"),
    connected_marks=(),
)
ADDRESS = "https://tickets.example.com/api/webhooks/stripe"
OWN = Account(account_id="acct_1", may_charge=True, connected=False)
OTHER = Account(account_id="acct_2", may_charge=True, connected=True)
ENDPOINT = Endpoint(url=ADDRESS, enabled=True, types=TYPES)
CONNECT = Endpoint(url=f"{ADDRESS}/connect", enabled=True, types=None)


def used(mark: str = "new", *, ago: timedelta = timedelta(hours=1), connected: bool = False) -> SecretInUse:
    return SecretInUse(processor="stripe", connected=connected, secret=mark, last_at=NOW - ago)


def refused(cause: str = "webhook_signature_invalid", *, ago: timedelta = timedelta(minutes=10)) -> RefusedRequests:
    at = NOW - ago
    return RefusedRequests(minute=at, processor="stripe", cause=cause, requests=4, source="203.0.113.0", last_at=at)


CHECK = CheckFacts(
    now=NOW, setup=SETUP, accounts=AccountsSeen(accounts=(OWN,)), endpoints=[ENDPOINT], used=[used()], refused=[]
)


def of(verdict: Verdict, subject: str) -> Finding:
    return next(each for each in verdict.findings if each.subject == subject)


@pytest.mark.proves("R-2")
def test_an_installation_in_order_is_said_to_be_so() -> None:
    verdict = checked(CHECK)
    assert (verdict.ok, verdict.unread) == (True, False)
    assert {each.state for each in verdict.findings} == {FindingState.WELL}


@pytest.mark.proves("R-2")
@pytest.mark.parametrize(
    ("endpoints", "said"),
    [
        ([], "none of 0 at Stripe is"),
        ([replace(ENDPOINT, url="https://elsewhere.example.com")], "none of 1 at Stripe is"),
        ([replace(ENDPOINT, enabled=False)], "is disabled"),
        ([replace(ENDPOINT, types=frozenset({"charge.refunded"}))], "is not told of checkout.session.completed"),
    ],
    ids=["none", "elsewhere", "disabled", "types"],
)
def test_an_endpoint_that_does_not_tell_all_is_wrong(endpoints: list[Endpoint], said: str) -> None:
    found = of(checked(replace(CHECK, endpoints=endpoints)), "endpoint")
    assert (found.state, said in found.detail, bool(found.remedy)) == (FindingState.WRONG, True, True)


@pytest.mark.proves("R-2")
def test_two_endpoints_at_our_address_share_the_events() -> None:
    halves = [replace(ENDPOINT, types=frozenset({each})) for each in TYPES]
    assert checked(replace(CHECK, endpoints=halves)).ok
    assert checked(replace(CHECK, endpoints=[replace(ENDPOINT, types=None)])).ok
    twice = of(checked(replace(CHECK, endpoints=[ENDPOINT, ENDPOINT])), "endpoint")
    assert (twice.state, "is registered 2 times" in twice.detail) == (FindingState.NOTE, True)


@pytest.mark.proves("R-2")
@pytest.mark.parametrize(
    ("marks", "endpoints", "accounts", "state"),
    [
        ((), [ENDPOINT], (OWN,), None),
        ((), [ENDPOINT], (OWN, OTHER), FindingState.WRONG),
        ((), [ENDPOINT, CONNECT], (OWN, OTHER), FindingState.WRONG),
        (("c",), [ENDPOINT], (OWN,), FindingState.WRONG),
        (("c",), [ENDPOINT, replace(CONNECT, enabled=False)], (OWN, OTHER), FindingState.WRONG),
        (("c",), [ENDPOINT, CONNECT], (OWN, OTHER), FindingState.WELL),
    ],
    ids=["unneeded", "needed", "no secret", "no endpoint", "disabled", "both"],
)
def test_connected_accounts_need_an_endpoint_and_its_secret(
    marks: tuple[str, ...], endpoints: list[Endpoint], accounts: tuple[Account, ...], state: FindingState | None
) -> None:
    facts = replace(
        CHECK,
        setup=replace(SETUP, connected_marks=marks),
        endpoints=endpoints,
        accounts=AccountsSeen(accounts=accounts),
    )
    found = [each.state for each in checked(facts).findings if each.subject == "endpoint for connected accounts"]
    assert found == ([] if state is None else [state])


@pytest.mark.proves("R-2")
@pytest.mark.parametrize(
    ("seen", "refusals", "state", "said"),
    [
        ([used()], [], FindingState.WELL, "signed with it 60 min ago"),
        ([used("old")], [], FindingState.WELL, "a rotation is under way"),
        ([], [], FindingState.NOTE, "not known"),
        ([used("long gone")], [], FindingState.NOTE, "not known"),
        ([used(connected=True)], [], FindingState.NOTE, "not known"),
        ([used(ago=timedelta(days=8))], [], FindingState.NOTE, "nothing has come since"),
        ([], [refused("signature_missing")], FindingState.NOTE, "not known"),
        ([], [refused()], FindingState.WRONG, "none was ever right"),
        ([used("long gone")], [refused()], FindingState.WRONG, "none was ever right"),
        ([used()], [refused()], FindingState.NOTE, "4 requests since"),
        ([used()], [refused(ago=timedelta(hours=2))], FindingState.WELL, "signed with it"),
    ],
)
def test_a_secret_is_right_when_stripe_has_signed_with_it(
    seen: list[SecretInUse], refusals: list[RefusedRequests], state: FindingState, said: str
) -> None:
    found = of(checked(replace(CHECK, used=seen, refused=refusals)), "secret")
    assert (found.state, said in found.detail) == (state, True), found


@pytest.mark.proves("R-2")
def test_what_can_not_be_read_is_named_and_is_never_well() -> None:
    unread = AccountsSeen(accounts=(OWN,), unread=(Unread(what="events of account acct_2", reason="403"),))
    for verdict in (checked(replace(CHECK, accounts=unread)), diagnosed(replace(DIAGNOSIS, accounts=unread))):
        found = of(verdict, "events of account acct_2")
        assert (found.state, verdict.ok, verdict.unread) == (FindingState.UNREAD, False, True)
        assert "403" in found.detail


@pytest.mark.proves("R-2")
def test_accounts_that_may_take_no_payments_are_told_of() -> None:
    halted = tuple(replace(each, may_charge=False) for each in (OWN, OTHER))
    verdict = checked(replace(CHECK, accounts=AccountsSeen(accounts=halted)))
    states = [of(verdict, f"account {each.account_id}").state for each in halted]
    assert states == [FindingState.WRONG, FindingState.NOTE]


DIAGNOSIS = DiagnosisFacts(
    now=NOW,
    setup=SETUP,
    accounts=AccountsSeen(accounts=(OWN,)),
    probe=Probe(status=400, code="signature_missing"),
    undelivered=[],
    used=[used()],
    refused=[],
    unfinished={},
    stuck=[],
)


@pytest.mark.proves("R-2")
@pytest.mark.parametrize(
    ("public_url", "probe", "state"),
    [
        (SETUP.public_url, Probe(status=400, code="signature_missing"), FindingState.WELL),
        (SETUP.public_url, Probe(status=502), FindingState.WRONG),
        (SETUP.public_url, Probe(status=400), FindingState.WRONG),
        (SETUP.public_url, Probe(status=None, reason="no connection in time"), FindingState.WRONG),
        ("http://127.0.0.1:8080", Probe(status=None, reason="ClientConnectorError"), FindingState.NOTE),
        ("http://127.0.0.1:8080", Probe(status=404, code="not_found"), FindingState.WRONG),
    ],
)
def test_our_address_must_refuse_what_nobody_signed(public_url: str, probe: Probe, state: FindingState) -> None:
    facts = replace(DIAGNOSIS, setup=replace(SETUP, public_url=public_url), probe=probe)
    assert of(diagnosed(facts), "address").state is state


def event(event_id: str, *, ago: timedelta) -> RawWebhook:
    return RawWebhook(
        processor="stripe",
        event_id=event_id,
        occasion=event_id,
        type="charge.refunded",
        thin=False,
        live_mode=True,
        payload=b"{}",
        created_at=NOW - ago,
    )


OLD, NEW = event("evt_old", ago=timedelta(hours=2)), event("evt_new", ago=timedelta(minutes=1))


@pytest.mark.proves("R-2")
@pytest.mark.parametrize(
    ("account", "events", "here", "state", "said"),
    [
        (OWN, (), (), FindingState.WELL, "nothing"),
        (OWN, (NEW,), (), FindingState.WELL, "nothing"),
        (OWN, (NEW, OLD), (), FindingState.WRONG, "1 of them are not here"),
        (OWN, (OLD,), ("evt_old",), FindingState.WRONG, "all of them were taken"),
        (OTHER, (OLD,), (), FindingState.NOTE, "did not reach"),
    ],
)
def test_what_stripe_could_not_deliver_is_told_of(
    account: Account, events: tuple[RawWebhook, ...], here: tuple[str, ...], state: FindingState, said: str
) -> None:
    seen = Undelivered(account=account, events=events, more=False, here=frozenset(here))
    found = of(diagnosed(replace(DIAGNOSIS, undelivered=[seen])), f"deliveries of {account.account_id}")
    assert (found.state, said in found.detail) == (state, True), found


@pytest.mark.proves("R-2")
@pytest.mark.parametrize(
    ("seen", "state"),
    [([used()], FindingState.WELL), ([used(ago=timedelta(days=2))], FindingState.NOTE), ([], FindingState.NOTE)],
    ids=["today", "earlier", "never"],
)
def test_the_last_webhook_is_told_with_its_age(seen: list[SecretInUse], state: FindingState) -> None:
    assert of(diagnosed(replace(DIAGNOSIS, used=seen)), "received").state is state


@pytest.mark.proves("R-2")
@pytest.mark.parametrize(
    ("seen", "refusals", "state"),
    [
        ([used()], [refused("signature_missing")], FindingState.WELL),
        ([used(ago=timedelta(minutes=5))], [refused()], FindingState.NOTE),
        ([used()], [refused()], FindingState.WRONG),
        ([], [refused()], FindingState.WRONG),
    ],
    ids=["unsigned", "right since", "wrong since", "never right"],
)
def test_wrong_signatures_count_while_none_is_right(
    seen: list[SecretInUse], refusals: list[RefusedRequests], state: FindingState
) -> None:
    found = of(diagnosed(replace(DIAGNOSIS, used=seen, refused=refusals)), "refused")
    assert (found.state, len(found.lines)) == (state, 1)


@pytest.mark.proves("R-2")
@pytest.mark.parametrize(
    ("state", "ago", "expected"),
    [
        (WebhookState.FAILED, timedelta(minutes=1), FindingState.WRONG),
        (WebhookState.WAITING, timedelta(minutes=1), FindingState.WELL),
        (WebhookState.WAITING, timedelta(minutes=6), FindingState.NOTE),
    ],
)
def test_what_came_and_is_not_handled_is_told_of(state: WebhookState, ago: timedelta, expected: FindingState) -> None:
    stored = ListedWebhook(
        processor="stripe",
        event_id="evt_1",
        type="charge.refunded",
        live_mode=True,
        received_at=NOW - ago,
        state=state,
        attempts=1,
        cause="no_payment_yet",
        last_error="It waits.",
        order_id=None,
        processed_at=None,
    )
    facts = replace(DIAGNOSIS, unfinished={state.value: 1}, stuck=[stored])
    assert of(diagnosed(facts), "store").state is expected
