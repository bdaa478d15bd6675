"""Judges whether webhooks come and are handled: from the processor's side, at our door, and in our store. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from chassis.settings.forms import is_loopback
from chassis.signatures import SignatureInvalid, SignatureMissing
from checkout.endpoints.domain import (
    PATH,
    DiagnosisFacts,
    Finding,
    FindingState,
    Undelivered,
    Verdict,
    age,
    unread_findings,
)
from checkout.webhooks.domain import ListedWebhook, RefusedRequests, WebhookState

# What is younger may still be on its way.
_ON_ITS_WAY: Final = timedelta(minutes=5)
_QUIET: Final = timedelta(days=1)
_SHOWN: Final = 10
_BAD_REQUEST: Final = 400


def diagnosed(facts: DiagnosisFacts) -> Verdict:
    """All that `fullhouse webhooks diagnose` says."""
    return Verdict(findings=tuple(_findings(facts)))


def _findings(facts: DiagnosisFacts) -> Iterable[Finding]:
    yield _address(facts)
    yield from unread_findings(facts.accounts)
    yield from (_deliveries(facts, each) for each in facts.undelivered)
    yield _received(facts, connected=False)
    if facts.setup.connected_marks:
        yield _received(facts, connected=True)
    yield _refused(facts)
    yield _stored(facts)


def _address(facts: DiagnosisFacts) -> Finding:
    """A webhook without a signature must be refused by us, not by anybody before us."""
    address, probe = facts.setup.public_url + PATH, facts.probe
    if (probe.status, probe.code) == (_BAD_REQUEST, SignatureMissing.code):
        return _finding("address", FindingState.WELL, f"{address} is reached, and refuses what nobody has signed")
    if probe.status is not None:
        return _finding(
            "address",
            FindingState.WRONG,
            f"{address} answers {probe.status} {probe.code or 'by somebody else than checkout'}",
            "It must answer 400 signature_missing. Look what stands before checkout: fullhouse doctor.",
        )
    if is_loopback(urlsplit(facts.setup.public_url).hostname or ""):
        return _finding(
            "address",
            FindingState.NOTE,
            f"{address} is this machine's own address, which checkout does not reach from where it runs",
            "Set PUBLIC_URL to the address that Stripe reaches.",
        )
    return _finding(
        "address",
        FindingState.WRONG,
        f"{address} is silent: {probe.reason}",
        "fullhouse doctor --url PUBLIC_URL, from another machine: name, certificate, gateway, firewall.",
    )


def _deliveries(facts: DiagnosisFacts, seen: Undelivered) -> Finding:
    """What is not here is what counts: the rest was taken from the processor's list meanwhile."""
    subject = f"deliveries of {seen.account.account_id}"
    late = [each for each in seen.events if facts.now - each.created_at > _ON_ITS_WAY]
    lost = [each for each in late if each.occasion not in seen.here]
    lines = tuple(f"{each.event_id} {each.type}, {age(each.created_at, facts.now)} ago" for each in late[:_SHOWN])
    if not late:
        return _finding(subject, FindingState.WELL, "Stripe has nothing from the last day that it could not deliver")
    told = f"{len(late)}{' or more' if seen.more else ''} events of the last day did not reach every endpoint"
    if seen.account.connected:
        return _finding(subject, FindingState.NOTE, told, "Look at the endpoint for connected accounts.", lines)
    remedy = "Look at the endpoint and its last answers in Stripe's dashboard under Webhooks; fullhouse webhooks check."
    if lost:
        return _finding(
            subject,
            FindingState.WRONG,
            f"{told}, and {len(lost)} of them are not here",
            f"fullhouse webhooks replay --since 24h has them handled now. {remedy}",
            lines,
        )
    return _finding(subject, FindingState.WRONG, f"{told}; all of them were taken from Stripe's list", remedy, lines)


def _received(facts: DiagnosisFacts, *, connected: bool) -> Finding:
    subject = "received for connected accounts" if connected else "received"
    last = max((each.last_at for each in facts.used if each.connected is connected), default=None)
    if last is None:
        return _finding(
            subject, FindingState.NOTE, "no webhook has ever come", "fullhouse webhooks check, before anybody pays."
        )
    told = f"the last webhook came {age(last, facts.now)} ago"
    if facts.now - last > _QUIET:
        return _finding(subject, FindingState.NOTE, told, "If people have paid since: fullhouse webhooks check.")
    return _finding(subject, FindingState.WELL, told)


def _refused(facts: DiagnosisFacts) -> Finding:
    """A request without any signature is nobody's webhook, and a wrong one may be anybody's."""
    wrong = [each for each in facts.refused if each.cause == SignatureInvalid.code]
    last_right = max((each.last_at for each in facts.used), default=None)
    lines = tuple(_refused_line(each, facts) for each in facts.refused[:_SHOWN])
    if not facts.refused:
        return _finding("refused", FindingState.WELL, "nothing was refused at the door within a day")
    told = f"{sum(each.requests for each in facts.refused)} requests were refused at the door within a day"
    if not wrong:
        return _finding("refused", FindingState.WELL, f"{told}, none for a wrong signature", lines=lines)
    told = f"{told}, {sum(each.requests for each in wrong)} of them for a wrong signature"
    if last_right is None or last_right < wrong[0].last_at:
        return _finding(
            "refused",
            FindingState.WRONG,
            f"{told}, and none was right since",
            "Compare the endpoint's signing secret with STRIPE_WEBHOOK_SECRET, and the clock: fullhouse doctor clock. "
            "If Stripe has sent nothing: playbook webhook-forgery.",
            lines,
        )
    return _finding(
        "refused", FindingState.NOTE, f"{told}; others were right since", "fullhouse webhooks refused", lines
    )


def _refused_line(each: RefusedRequests, facts: DiagnosisFacts) -> str:
    return f"{each.cause} × {each.requests}, from {each.source}, {age(each.last_at, facts.now)} ago"


def _stored(facts: DiagnosisFacts) -> Finding:
    dead, waiting = _in_state(facts.stuck, WebhookState.FAILED), _late(facts)
    lines = tuple(_stored_line(each, facts) for each in [*dead, *waiting][:_SHOWN])
    failed = facts.unfinished.get(WebhookState.FAILED, 0)
    if failed:
        return _finding(
            "store",
            FindingState.WRONG,
            f"{failed} webhooks can't be handled, and {len(waiting)} wait for longer than five minutes",
            "fullhouse webhooks list --state failed says why; then fullhouse webhooks replay --id ID, or close ID …",
            lines,
        )
    if waiting:
        return _finding(
            "store",
            FindingState.NOTE,
            f"{len(waiting)} webhooks wait for longer than five minutes",
            "fullhouse webhooks list --state waiting says what for.",
            lines,
        )
    return _finding("store", FindingState.WELL, "all that came is handled")


def _late(facts: DiagnosisFacts) -> list[ListedWebhook]:
    return [
        each
        for each in facts.stuck
        if each.state is not WebhookState.FAILED and facts.now - each.received_at > _ON_ITS_WAY
    ]


def _in_state(stuck: Sequence[ListedWebhook], state: WebhookState) -> list[ListedWebhook]:
    return [each for each in stuck if each.state is state]


def _stored_line(each: ListedWebhook, facts: DiagnosisFacts) -> str:
    return f"{each.event_id} {each.type} {each.state}, {age(each.received_at, facts.now)} ago: {each.cause or 'new'}"


def _finding(subject: str, state: FindingState, detail: str, remedy: str = "", lines: tuple[str, ...] = ()) -> Finding:
    return Finding(subject=subject, state=state, detail=detail, remedy=remedy, lines=lines)
