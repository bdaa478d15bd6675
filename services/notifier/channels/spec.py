"""What the notifier knows of a channel: the form of a row of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from chassis.metrics import Metric
from chassis.telemetry import CountedName, ErrorName, InfoName
from config import Config, Person, Routing, SeverityRoute
from events import AlertEvent, Severity
from notifier.channels.domain import Message
from notifier.channels.provider import Features, Provider
from notifier.channels.responses import Vendor
from notifier.settings import NotifierSettings
from notifier.texts.templates import BrandWords, Templates

OpenProvider = Callable[[NotifierSettings, Config], Provider]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertWords:
    """An alert in words, the same for all channels.

    severity: its word, in capitals
    icon: the severity's picture, for chat and mail
    colour: the severity's colour
    on_colour: the colour of text on it
    summary: one line
    status: a sentence once something has become of it, else empty
    resolved: it is over
    facts: names and values, most important first
    code: what an acknowledgement by SMS names; empty where nobody need acknowledge
    runbook: a link to what to do, or empty
    """

    severity: str
    icon: str
    colour: str
    on_colour: str
    summary: str
    status: str
    resolved: bool
    facts: tuple[tuple[str, str], ...]
    code: str
    runbook: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertText:
    """An alert to be told to one recipient; a channel makes its message of it.

    delivery_id: the delivery that the message is for
    to: the recipient
    alert: the alert's event
    words: the alert in words
    first: it tells that the alert is there, not what became of it
    asks: somebody is to take the alert
    link: leads to a page that acknowledges; None where nobody need
    replaces: what the provider calls the message that told of the alert, where this one follows it
    valid_for: how long it is still worth sending; None for ever
    routing: how alerts look, and where they go
    brand: the business's name and colours
    source: our own address
    features: what the provider can do
    """

    delivery_id: UUID
    to: str
    alert: AlertEvent
    words: AlertWords
    first: bool
    asks: bool
    link: str | None
    replaces: str | None
    valid_for: timedelta | None
    routing: Routing
    brand: BrandWords
    source: str
    features: Features


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelNames:
    """What a channel's deliveries are called in figures and log lines.

    sent_total: counts what the provider took
    failed_total: counts what finally failed
    sent: the log line of a message that the provider took
    failed: the log line of a message that finally failed
    bounced: the log line of one that failed after the provider had taken it, where that is told apart
    refused: the log lines of refusals that are told apart, by code
    """

    sent_total: Metric
    failed_total: Metric
    sent: InfoName
    failed: ErrorName
    bounced: CountedName | None = None
    refused: Mapping[str, CountedName] = field(default_factory=dict)


def _never(_route: SeverityRoute) -> bool:
    return False


def _unmarked(_words: AlertWords, _templates: Templates) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSpec:
    """A row of the table.

    vendor: who takes the channel's messages
    open_provider: makes the provider, as settings and configuration name it
    names: what its deliveries are called in figures and log lines
    normal: an address in the form in which addresses are compared; raises ValueError for what is none
    mask: an address as events, logs and lists show it
    address_of: where messages to a person go; None for somebody without such an address
    known_as: everything by which the channel knows a person
    place_of: the one place where alerts of a severity and category go; None where each person is told
    opens_with_business: whether alerts of a severity wait there for business hours
    compose_alert: makes the message about an alert
    marker: what stands in an alert's message and in no other one, where the provider finds messages by their text
    shows_alerts: an alert is seen there until its end is told: that is told always, and late rather than never
    repeatable: the vendor takes a repeat for the same message, and an end of what isn't there does no harm
    """

    vendor: Vendor
    open_provider: OpenProvider
    names: ChannelNames
    normal: Callable[[str], str]
    mask: Callable[[str], str]
    address_of: Callable[[Person], str | None]
    known_as: Callable[[Person], tuple[str | None, ...]]
    compose_alert: Callable[[AlertText, Templates], Message]
    place_of: Callable[[Routing, Severity, str], str] | None = None
    opens_with_business: Callable[[SeverityRoute], bool] = _never
    marker: Callable[[AlertWords, Templates], str] = _unmarked
    shows_alerts: bool = False
    repeatable: bool = False
