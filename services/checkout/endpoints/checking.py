"""Judges how endpoints are set up at the processor: registered, enabled, their events, mode and secrets. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from chassis.signatures import SignatureInvalid
from checkout.endpoints.domain import (
    CONNECTED_PATH,
    PATH,
    CheckFacts,
    Finding,
    FindingState,
    SetUp,
    Verdict,
    age,
    unread_findings,
)
from checkout.payments.processors.port import Account, Endpoint
from checkout.webhooks.domain import SecretInUse

# A secret that was right within this time counts as right.
_FRESH: Final = timedelta(days=7)


def checked(facts: CheckFacts) -> Verdict:
    """All that `fullhouse webhooks check` says."""
    return Verdict(findings=tuple(_findings(facts)))


def _findings(facts: CheckFacts) -> Iterable[Finding]:
    yield _mode(facts.setup)
    yield _variables(facts.setup)
    yield from unread_findings(facts.accounts)
    yield from map(account_judged, facts.accounts.accounts)
    if facts.endpoints is not None:
        connected = sum(each.connected for each in facts.accounts.accounts)
        yield from endpoints_judged(facts.setup, facts.endpoints, connected=connected)
    yield _secret(facts, connected=False)
    if facts.setup.connected_marks:
        yield _secret(facts, connected=True)


def endpoints_judged(setup: SetUp, endpoints: Sequence[Endpoint], *, connected: int) -> Iterable[Finding]:
    """Where webhooks are sent. `connected`: how many accounts are known to be connected to ours."""
    yield _own_endpoint(setup, endpoints)
    yield from _connected_endpoint(setup, endpoints, connected)


def _mode(setup: SetUp) -> Finding:
    told = f"the key is of {'live' if setup.live_mode else 'test'} mode, as FULLHOUSE_MODE asks for"
    return _well("mode", f"{told}; the sandbox stands in for Stripe" if setup.stood_in else told)


def _variables(setup: SetUp) -> Finding:
    """A service that lacks one of the others has not begun."""
    if setup.publishable:
        return _well("variables", "STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET and STRIPE_PUBLISHABLE_KEY are set")
    return Finding(
        subject="variables",
        state=FindingState.NOTE,
        detail="STRIPE_PUBLISHABLE_KEY is not set; the others are",
        remedy="Set it where pages need it: fullhouse doctor variables.",
    )


def account_judged(account: Account) -> Finding:
    """Whether an account may take payments."""
    subject = f"account {account.account_id}"
    if account.may_charge:
        return _well(subject, "connected to ours, and read" if account.connected else "our own, and read")
    return Finding(
        subject=subject,
        state=FindingState.NOTE if account.connected else FindingState.WRONG,
        detail="it may take no payments",
        remedy="Finish what Stripe's dashboard asks for at the top of that account.",
    )


def _own_endpoint(setup: SetUp, endpoints: Sequence[Endpoint]) -> Finding:
    address = setup.public_url + PATH
    ours = [each for each in endpoints if each.url.rstrip("/") == address]
    if not ours:
        return _wrong(
            "endpoint",
            f"none of {len(endpoints)} at Stripe is {address}",
            "Add it in Stripe's dashboard under Webhooks, and set STRIPE_WEBHOOK_SECRET to its signing secret.",
        )
    if not (enabled := [each for each in ours if each.enabled]):
        return _wrong("endpoint", f"{address} is disabled", "Enable it in Stripe's dashboard under Webhooks.")
    if missing := _missing(enabled, setup.handled):
        return _wrong(
            "endpoint",
            f"{address} is not told of {', '.join(missing)}",
            "Add these events to the endpoint in Stripe's dashboard under Webhooks.",
        )
    if _told_twice(enabled, setup.handled):
        return Finding(
            subject="endpoint",
            state=FindingState.NOTE,
            detail=f"{address} is registered {len(enabled)} times",
            remedy="Each event comes several times: remove all but one.",
        )
    return _well("endpoint", f"{address} is registered, enabled, and told of all {len(setup.handled)} types of events")


def _missing(enabled: Sequence[Endpoint], handled: frozenset[str]) -> list[str]:
    """Of several endpoints at our address each tells of its own."""
    return sorted(handled.difference(*(_told(each, handled) for each in enabled)))


def _told_twice(enabled: Sequence[Endpoint], handled: frozenset[str]) -> bool:
    return sum(len(_told(each, handled)) for each in enabled) > len(handled)


def _told(endpoint: Endpoint, handled: frozenset[str]) -> frozenset[str]:
    """Of what we work on."""
    return handled if endpoint.types is None else endpoint.types & handled


def _connected_endpoint(setup: SetUp, endpoints: Sequence[Endpoint], accounts: int) -> Iterable[Finding]:
    """Needed where there are connected accounts; endpoint and secret come together or not at all."""
    address, subject = setup.public_url + CONNECTED_PATH, "endpoint for connected accounts"
    listening = any(each.enabled and each.url.rstrip("/") == address for each in endpoints)
    secret = bool(setup.connected_marks)
    if listening and secret:
        yield _well(subject, f"{address} is registered and enabled")
    elif listening or secret:
        half = "is registered, and there is no secret of it" if listening else "is not registered, or is disabled"
        yield _wrong(
            subject,
            f"{address} {half}",
            "Have both or neither: the endpoint in Stripe's dashboard for events on connected accounts, and its signing"
            " secret in STRIPE_CONNECT_WEBHOOK_SECRET.",
        )
    elif accounts:
        yield _wrong(
            subject,
            f"{accounts} accounts are connected to ours, and {address} is not registered",
            "Add it in Stripe's dashboard under Webhooks for events on connected accounts, and set"
            " STRIPE_CONNECT_WEBHOOK_SECRET to its signing secret.",
        )


def _secret(facts: CheckFacts, *, connected: bool) -> Finding:
    """Nobody tells the secret of an endpoint again after it was made: that Stripe has signed with it is the proof."""
    subject = "secret for connected accounts" if connected else "secret"
    variable = "STRIPE_CONNECT_WEBHOOK_SECRET" if connected else "STRIPE_WEBHOOK_SECRET"
    marks = facts.setup.connected_marks if connected else facts.setup.marks
    right = _last_right(facts.used, marks, connected=connected)
    wrong = [each for each in facts.refused if each.cause == SignatureInvalid.code]
    if right is None and wrong:
        return _wrong(
            subject,
            f"{sum(each.requests for each in wrong)} requests had a signature by another secret within a day, the last"
            f" {age(wrong[0].last_at, facts.now)} ago, and none was ever right",
            f"Copy the endpoint's signing secret from Stripe's dashboard into {variable}, and restart checkout.",
        )
    if right is None:
        return Finding(
            subject=subject,
            state=FindingState.NOTE,
            detail="nothing has come yet that Stripe has signed with it: whether it is right is not known",
            remedy="Send an event again in Stripe's dashboard (Webhooks, the endpoint, Resend), and look once more.",
        )
    return _proven(facts, right, subject, variable, replaced_now=right.secret not in marks[:1])


def _proven(facts: CheckFacts, right: SecretInUse, subject: str, variable: str, *, replaced_now: bool) -> Finding:
    told = f"Stripe has signed with it {age(right.last_at, facts.now)} ago"
    newer = [each for each in facts.refused if each.cause == SignatureInvalid.code and each.last_at > right.last_at]
    if newer:
        return Finding(
            subject=subject,
            state=FindingState.NOTE,
            detail=f"{told}; {sum(each.requests for each in newer)} requests since had a signature by another one",
            remedy=f"Compare {variable} with Stripe's dashboard, if it was changed since: fullhouse webhooks diagnose.",
        )
    if facts.now - right.last_at > _FRESH:
        return Finding(
            subject=subject,
            state=FindingState.NOTE,
            detail=f"{told}, and nothing has come since",
            remedy="Send an event again in Stripe's dashboard (Webhooks, the endpoint, Resend), and look once more.",
        )
    return _well(subject, f"{told}, with the earlier of two: a rotation is under way" if replaced_now else told)


def _last_right(used: Sequence[SecretInUse], marks: tuple[str, ...], *, connected: bool) -> SecretInUse | None:
    """Of the secrets that are set now."""
    ours = [each for each in used if each.connected is connected and each.secret in marks]
    return max(ours, key=lambda each: each.last_at, default=None)


def _well(subject: str, detail: str) -> Finding:
    return Finding(subject=subject, state=FindingState.WELL, detail=detail)


def _wrong(subject: str, detail: str, remedy: str) -> Finding:
    return Finding(subject=subject, state=FindingState.WRONG, detail=detail, remedy=remedy)
