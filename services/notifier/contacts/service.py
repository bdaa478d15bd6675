"""Who is reached by what, and who must not be written to (N-8, N-15)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from chassis.database import Reader, Transaction
from chassis.telemetry import get_logger
from config import Contacts
from events import Channel
from notifier.contacts import store
from notifier.contacts.store import Suppression

log = get_logger()

__all__ = ["Suppression", "lift", "person_at", "reachable", "suppress", "suppressed", "suppressions"]


def reachable(contacts: Contacts, name: str, channel: Channel) -> list[str]:
    """Numbers or addresses of the people whom a role stands for (N-15); none for a role that nobody has."""
    if name not in contacts.roles and name not in contacts.people:
        return []
    people = [contacts.people[person] for person in contacts.people_of(name)]
    found = [person.sms if channel is Channel.SMS else person.email for person in people]
    return [address for address in found if address]


def person_at(contacts: Contacts, channel: Channel, address: str) -> str | None:
    """The id of the person who has this number, address or Slack id; numbers in E.164."""
    for name, person in contacts.people.items():
        known = {
            Channel.SMS: (person.sms, person.phone),
            Channel.EMAIL: (person.email,),
            Channel.SLACK: (person.slack,),
            Channel.PAGERDUTY: (person.pagerduty,),
        }[channel]
        if address in known:
            return name
    return None


async def suppress(tx: Transaction, channel: Channel, recipients: Collection[str], *, reason: str) -> None:
    """Nothing more is sent to them on this channel; what is queued is settled as suppressed when its turn comes."""
    if recipients:
        await store.add(tx, channel, recipients, reason=reason)
        log.warning("recipient_suppressed", channel=channel, reason=reason, count=len(recipients))


async def lift(tx: Transaction, channel: Channel, recipient: str) -> None:
    """The recipient wants to hear from us again (START)."""
    await store.lift(tx, channel, recipient)


async def suppressed(reader: Reader, channel: Channel, recipients: Sequence[str]) -> set[str]:
    """Those of the recipients that must not be written to."""
    return await store.among(reader, channel, recipients)


async def suppressions(reader: Reader, *, channel: Channel | None, after: str, limit: int) -> list[Suppression]:
    """A page of the list; `after` as in the store."""
    return await store.page(reader, channel=channel, after=after, limit=limit)
