"""The invariants of alerts and of messages: neither lost nor doubled (M-5, N-1, N-3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from events import Channel
from invariants.evidence import AlertStep, Delivery, Evidence
from invariants.rule import Finding, Invariant, Kind, compare

RESOLVED = "resolved"
# Reasons for which an alert's message may stay unsent: it was outdated, or people have switched it off.
EXCUSES = frozenset({"acknowledged", "resolved", "switched_off"})
HANDED_OVER = frozenset({"sent", "delivered"})
# PagerDuty has an id per incident; all other vendors have one per message.
BY_INCIDENT = frozenset({Channel.PAGERDUTY})


class AlertsAreTold(Invariant):
    """Each version of an alert has one event, which the notifier has received; a fingerprint has one open alert."""

    name = "alerts"
    sentence = "Each change of an alert was told once and heard, and of one fingerprint one alert is open at most."

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        told = Counter((step.alert_id, step.version) for step in evidence.told)
        for alert in evidence.alerts:
            for version in range(1, alert.version + 1):
                yield from compare(1, told.pop((alert.alert_id, version), 0), alert.alert_id, f"events of v{version}")
        for alert_id, version in told:
            yield Kind.WRONG, alert_id, f"an event tells of its version {version}, which it never had"
        yield from self._heard(evidence)
        unresolved = Counter(alert.fingerprint for alert in evidence.alerts if alert.status != RESOLVED)
        for fingerprint, count in unresolved.items():
            if count > 1:
                yield Kind.DOUBLED, fingerprint, f"{count} alerts of one fingerprint are open"

    @staticmethod
    def _heard(evidence: Evidence) -> Iterator[Finding]:
        heard = {(step.alert_id, step.version) for step in evidence.heard}
        for step in evidence.told:
            if (step.alert_id, step.version) not in heard:
                yield Kind.LOST, step.alert_id, f"the notifier never heard of its version {step.version}"
        newest = _newest(evidence.heard)
        for alert in evidence.alerts:
            known = newest.get(alert.alert_id)
            if known is not None and known.status != alert.status:
                yield Kind.WRONG, alert.alert_id, f"it is {alert.status}, and the notifier has it as {known.status}"


class AlertsReachTheirPeople(Invariant):
    """An alert was sent to everybody whom the current routing names, unless it was outdated or switched off."""

    name = "routing"
    sentence = "Each alert has one delivery to everybody whom its routing names, and no other; none of them failed."

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        first = [each for each in evidence.deliveries if each.alert_id is not None and each.first]
        made = Counter((each.alert_id, each.channel, each.recipient) for each in first)
        for address in evidence.addresses:
            found = made.pop((address.alert_id, address.channel, address.recipient), 0)
            yield from compare(1, found, address.alert_id, f"{address.channel} deliveries to one recipient")
        for alert_id, channel, _ in made:
            yield Kind.WRONG, str(alert_id), f"a delivery by {channel} that the routing doesn't name"
        for each in evidence.deliveries:
            if each.alert_id is not None and _unsent(each):
                yield Kind.LOST, each.alert_id, f"a message by {each.channel} is {each.state}: {each.reason}"


class VendorsHaveWhatWeSent(Invariant):
    """Each message that a vendor has belongs to a delivery, by the vendor's id; one without was sent twice."""

    name = "vendors"
    sentence = "Every message at a vendor belongs to one delivery, and every delivery that was handed over is there."

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        taken = Counter((each.channel, each.provider_id) for each in evidence.taken)
        ours: dict[tuple[str, str], list[str]] = {}
        for each in evidence.deliveries:
            if each.channel not in BY_INCIDENT and each.state in HANDED_OVER:
                ours.setdefault((each.channel, each.provider_id or ""), []).append(each.delivery_id)
        for key, ids in ours.items():
            if key not in taken:
                yield Kind.LOST, ids[0], f"{key[0]} has no such message"
            # Slack's message of an alert is edited in place: its later deliveries have the same id.
            elif len(ids) > 1 and key[0] != Channel.SLACK:
                yield Kind.LOST, ids[0], f"{len(ids)} deliveries claim one message by {key[0]}"
        for (channel, provider_id), count in taken.items():
            if (channel, provider_id) not in ours:
                yield Kind.DOUBLED, provider_id, f"a message by {channel} that no delivery knows"
            elif count > 1:
                yield Kind.DOUBLED, provider_id, f"{channel} has it {count} times"


class PagesFollowTheirAlerts(Invariant):
    """PagerDuty has no more incidents than alerts were raised, and none open for a resolved alert."""

    name = "pages"
    sentence = "Nobody was paged more often than alerts were raised, and a page is open only while its alert is."

    def findings(self, evidence: Evidence) -> Iterator[Finding]:
        keys = {alert.alert_id: alert.key for alert in evidence.alerts}
        raised = Counter(keys.get(a.alert_id, "") for a in evidence.addresses if a.channel == Channel.PAGERDUTY)
        for key, count in Counter(page.key for page in evidence.pages).items():
            if count > raised[key]:
                yield Kind.DOUBLED, key, f"{count} pages for {raised[key]} alerts"
        alerting = {alert.key for alert in evidence.alerts if alert.status != RESOLVED}
        for page in evidence.pages:
            if page.open and page.key not in alerting:
                yield Kind.WRONG, page.key, "its page is open, and the alert is over"
        paged = {page.key for page in evidence.pages}
        for each in evidence.deliveries:
            about = keys.get(each.alert_id or "")
            if each.channel == Channel.PAGERDUTY and each.first and each.state in HANDED_OVER and about not in paged:
                yield Kind.LOST, each.delivery_id, "the pager has no such incident"


def _newest(steps: tuple[AlertStep, ...]) -> dict[str, AlertStep]:
    return {step.alert_id: step for step in sorted(steps, key=lambda step: step.version)}


def _unsent(delivery: Delivery) -> bool:
    if delivery.state == "failed":
        return True
    return delivery.state == "suppressed" and delivery.first and delivery.reason not in EXCUSES
