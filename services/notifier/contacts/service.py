"""Who is reached by what, and who must not be written to (N-8, N-15)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from chassis.database import Reader, Transaction
from chassis.phones import parse_phone
from chassis.telemetry import get_logger
from config import Contacts, Person
from config.messages import OWNERS
from events import Channel
from notifier.channels.table import spec_of
from notifier.contacts import store

log = get_logger()


def reachable(contacts: Contacts, name: str, channel: Channel, *, owners: Sequence[str]) -> list[str]:
    """Addresses of the people whom a role stands for (N-15); none for a role that nobody has.

    The role `owners` has the numbers of SMS_TARGET_NUMBERS, given in `owners`, and whom the contact book names.
    """
    address_of = spec_of(channel).address_of
    return [address for person in _people(contacts, name, owners) if (address := address_of(person))]


def person_at(contacts: Contacts, channel: Channel, address: str) -> str | None:
    """The id of the person whom the channel knows by this number, address or id."""
    known_as, wanted = spec_of(channel).known_as, _normal(channel, address)
    for name, person in contacts.people.items():
        if any(wanted == _normal(channel, known) for known in known_as(person) if known):
            return name
    return None


async def suppress(tx: Transaction, channel: Channel, recipients: Collection[str], *, reason: str) -> None:
    """Nothing more is sent to them on this channel; what is queued is settled as suppressed when its turn comes."""
    if recipients:
        await store.add(tx, channel, {_normal(channel, each) for each in recipients}, reason=reason)
        log.warning("recipient_suppressed", channel=channel, reason=reason, count=len(recipients))


async def lift(tx: Transaction, channel: Channel, recipient: str) -> None:
    """The recipient wants to hear from us again (START)."""
    await store.lift(tx, channel, _normal(channel, recipient))


async def opted(tx: Transaction, number: str, *, out: bool) -> None:
    """STOP suppresses the number for SMS, START lifts it. A sender without a number (a short code) is ignored."""
    try:
        recipient = parse_phone(number)
    except ValueError:
        return
    if out:
        await suppress(tx, Channel.SMS, [recipient], reason="stop_reply")
    else:
        await lift(tx, Channel.SMS, recipient)


async def suppressed(reader: Reader, channel: Channel, recipients: Sequence[str]) -> set[str]:
    """Those of the recipients that must not be written to."""
    normal = {each: _normal(channel, each) for each in recipients}
    barred = await store.among(reader, channel, list(normal.values()))
    return {each for each in recipients if normal[each] in barred}


def _normal(channel: Channel, address: str) -> str:
    """As addresses are compared. What is no address of the channel stays as it is: its vendor is to refuse it."""
    try:
        return spec_of(channel).normal(address)
    except ValueError:
        return address


def _people(contacts: Contacts, name: str, owners: Sequence[str]) -> Iterator[Person]:
    if name == OWNERS:
        yield from (Person(name=OWNERS, sms=number) for number in owners)
    if name in contacts.roles or name in contacts.people:
        yield from (contacts.people[person] for person in contacts.people_of(name))
