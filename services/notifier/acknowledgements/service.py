"""An acknowledgement becomes `notification.answered`, once; the monitor then changes the alert (N-13)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.phones import parse_phone
from chassis.telemetry import get_logger
from chassis.texts import said
from config import Contacts
from eventbus import Outbox
from events import AnswerWay, Channel
from notifier.acknowledgements import store
from notifier.acknowledgements.domain import (
    Acknowledgement,
    AcknowledgeResult,
    ButtonPress,
    Explanations,
    IncidentAcknowledged,
    codes_in,
)
from notifier.alerts import store as alerts
from notifier.alerts.domain import ALERT, Standing
from notifier.channels.table import masked
from notifier.contacts.service import person_at
from notifier.deliveries import service as deliveries
from notifier.deliveries import store as deliveries_store
from notifier.deliveries.domain import Delivery

log = get_logger()


@dataclass(frozen=True, slots=True)
class Acknowledgements:
    """The use cases of all ways to acknowledge an alert.

    outbox: takes the events
    contacts: gives the contact book; it is called each time, since configuration may be reloaded
    owners: the owners' numbers, in E.164
    clock: gives the time
    explanations: bounds how often a number is told how to acknowledge
    """

    outbox: Outbox
    contacts: Callable[[], Contacts]
    owners: tuple[str, ...]
    clock: Clock
    explanations: Explanations = field(default_factory=Explanations)

    async def by_sms(self, tx: Transaction, *, number: str, body: str, sid: str) -> str:
        """What to reply; nothing to strangers, nor to a number that goes on writing anything else."""
        by = self._known(number)
        if by is None:
            return ""
        codes, recipient = codes_in(body), parse_phone(number)
        found = [standing for code in codes for standing in await alerts.by_code(tx, code)]
        if not found:
            return self._how(codes, recipient)
        standing, delivery = await self._meant(tx, found, recipient)
        code = standing.code
        result = await self._take(
            tx, standing, delivery, Acknowledgement(AnswerWay.SMS_REPLY, by, f"twilio:{said(sid, longest=64)}")
        )
        return {
            AcknowledgeResult.TAKEN: f"Thank you. Alert {code} is yours; nobody else is called.",
            AcknowledgeResult.ALREADY: f"Alert {code} was acknowledged already.",
            AcknowledgeResult.ENDED: f"Alert {code} is resolved already. There is nothing to do.",
            AcknowledgeResult.UNKNOWN: f"No alert has the code {code}. Check the digits that end its text.",
        }[result]

    def _how(self, codes: Sequence[str], recipient: str) -> str:
        if not self.explanations.allowed(recipient, now=self.clock.now()):
            return ""
        if codes:
            return f"No alert has the code {codes[0]}. Check the digits that end its text."
        return "Which alert? Reply ACK and the digits that end its text."

    async def by_link(self, tx: Transaction, delivery_id: UUID) -> AcknowledgeResult:
        """The link of a message was opened and its button pressed."""
        delivery = await deliveries_store.read(tx, delivery_id)
        if delivery is None or delivery.alert_id is None:
            return AcknowledgeResult.UNKNOWN
        standing = await alerts.lock(tx, delivery.alert_id)
        if standing is None:
            return AcknowledgeResult.UNKNOWN
        by = person_at(self.contacts(), delivery.channel, delivery.recipient)
        shown = by or masked(delivery.channel, delivery.recipient)
        dedup = f"link:{delivery_id}:{standing.version}"
        return await self._take(tx, standing, delivery, Acknowledgement(AnswerWay.LINK, shown, dedup))

    async def by_button(self, tx: Transaction, press: ButtonPress) -> AcknowledgeResult:
        """The button in the chat. Slack's signature vouches for whoever pressed it."""
        delivery_id = _uuid(press.delivery)
        delivery = await deliveries_store.read(tx, delivery_id) if delivery_id else None
        if delivery is None or delivery.alert_id is None:
            return AcknowledgeResult.UNKNOWN
        standing = await alerts.lock(tx, delivery.alert_id)
        if standing is None:
            return AcknowledgeResult.UNKNOWN
        by = person_at(self.contacts(), Channel.SLACK, press.member) or press.name
        return await self._take(tx, standing, delivery, Acknowledgement(AnswerWay.SLACK, by, f"slack:{press.press}"))

    async def in_pagerduty(self, tx: Transaction, incident: IncidentAcknowledged) -> AcknowledgeResult:
        """A person acknowledged the incident in PagerDuty."""
        standing = await alerts.newest_paged(tx, incident.dedup_key)
        if standing is None:
            return AcknowledgeResult.UNKNOWN
        paged = await _to(tx, standing, Channel.PAGERDUTY, None)
        by = person_at(self.contacts(), Channel.PAGERDUTY, incident.user) or incident.name
        return await self._take(
            tx, standing, paged, Acknowledgement(AnswerWay.PAGERDUTY, by, f"pagerduty:{incident.event}")
        )

    def _known(self, number: str) -> str | None:
        """The person whose number it is, or an owner's masked one; None for a stranger."""
        try:
            recipient = parse_phone(number)
        except ValueError:
            return None
        person = person_at(self.contacts(), Channel.SMS, recipient)
        return person or (masked(Channel.SMS, recipient) if recipient in self.owners else None)

    async def _meant(self, tx: Transaction, found: Sequence[Standing], number: str) -> tuple[Standing, Delivery | None]:
        """Codes come round again: the open alert that went to this number, else an open one, else the first."""
        for standing in found:
            delivery = await _to(tx, standing, Channel.SMS, number)
            if standing.open and delivery is not None and delivery.recipient == number:
                return standing, delivery
        first = next((standing for standing in found if standing.open), found[0])
        return first, await _to(tx, first, Channel.SMS, number)

    async def _take(
        self, tx: Transaction, standing: Standing, delivery: Delivery | None, given: Acknowledgement
    ) -> AcknowledgeResult:
        if delivery is None:
            return AcknowledgeResult.UNKNOWN
        # Acknowledgements of one alert take turns: the second one sees the first.
        current = await alerts.lock(tx, standing.alert_id)
        if current is None or not current.open:
            resolved = current is None or current.status == "resolved"
            return AcknowledgeResult.ENDED if resolved else AcknowledgeResult.ALREADY
        if not await store.record(tx, current, delivery, given):
            return AcknowledgeResult.ALREADY
        await deliveries.acknowledged(tx, self.outbox, delivery.id, alert=current.about, by=given.by, way=given.way)
        log.info("alert_answered", alert=str(current.alert_id), way=given.way, by=given.by)
        return AcknowledgeResult.TAKEN


async def _to(tx: Transaction, standing: Standing, channel: Channel, recipient: str | None) -> Delivery | None:
    """The alert's message to this recipient, else another one on the channel, else any."""
    found = await deliveries_store.of_alert(tx, standing.alert_id, [ALERT])
    ranked = sorted(found, key=lambda each: (each.channel is not channel, each.recipient != recipient, each.id))
    return ranked[0] if ranked else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
