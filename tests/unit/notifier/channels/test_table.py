"""A channel is a file, a row and its settings: whatever depends on the channel is asked of the table."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

import config
from chassis.clock import TEST_EPOCH as NOW
from chassis.clock import ManualClock
from chassis.counted import KINDS
from chassis.database import Database, Transaction
from chassis.ids import uuid7
from chassis.metrics import Metric, metrics
from chassis.telemetry import configure_logging
from config import Config
from events import AlertKind, AlertRaised, AlertStatus, Channel, NotificationSent, Severity
from notifier.alerts.composer import AlertComposer
from notifier.alerts.domain import ALERT, ALERT_RESOLVED, AlertRoutes, may_have_it, targets
from notifier.alerts.links import Links
from notifier.channels.domain import (
    Accepted,
    FindOutcome,
    Lookup,
    Message,
    NotThere,
    Progress,
    Refused,
    SendOutcome,
    Verdict,
)
from notifier.channels.provider import Features, Provider
from notifier.channels.responses import Rule, Vendor
from notifier.channels.spec import AlertText, ChannelNames, ChannelSpec
from notifier.channels.table import CHANNELS, masked, open_providers, served_by
from notifier.contacts import service as contacts
from notifier.deliveries.decisions import Decisions
from notifier.deliveries.domain import Delivery, State
from notifier.deliveries.news import news
from notifier.deliveries.observe import observe_changes, observe_outcomes
from notifier.deliveries.store import Claimable
from notifier.deliveries.timing import DeliveryTimes, RetryPolicy
from notifier.messages.domain import Installation
from notifier.settings import NotifierSettings
from notifier.texts.templates import Templates, shipped_templates
from tests.integration.notifier.harness import environment

ROOT = Path(__file__).parents[4]
SERVICE = ROOT / "services" / "notifier"
CONFIG = config.load(ROOT / "deploy" / "config")


class MadeUp(StrEnum):
    PIGEON = "pigeon"


PIGEON = cast("Channel", MadeUp.PIGEON)


@dataclass(frozen=True, slots=True, kw_only=True)
class PigeonMessage(Message):
    loft: str
    scroll: str


class Pigeons(Provider):
    features = Features(updates=True)

    async def send(self, message: Message) -> SendOutcome:
        return Accepted(provider_id=str(message.delivery_id))

    async def find(self, _lookup: Lookup, /) -> FindOutcome:
        return NotThere()

    async def close(self) -> None:
        return None


def _compose(told: AlertText, _templates: Templates) -> PigeonMessage:
    return PigeonMessage(delivery_id=told.delivery_id, loft=told.to, scroll=told.words.summary)


def _open(_settings: NotifierSettings, _config: Config) -> Provider:
    return Pigeons()


LOFTS = Vendor(
    name="lofts",
    title="Lofts",
    rules={"hawk": Rule(Verdict.PERMANENT, "A hawk took it.")},
    progress={"landed": Progress.DELIVERED, "eaten": Progress.FAILED},
)
SPEC = ChannelSpec(
    vendor=LOFTS,
    open_provider=_open,
    # Any two counters that nothing else here counts, and any two names.
    names=ChannelNames(
        sent_total=Metric.EVENTS_RELAYED,
        failed_total=Metric.EVENTS_REFUSED,
        sent="signed_in",
        failed="event_not_counted",
        bounced="reservation_expired",
        refused={"storm": "payment_declined"},
    ),
    normal=str.upper,
    mask=lambda loft: f"{loft[0]}…",
    address_of=lambda person: person.name.lower(),
    known_as=lambda person: (person.name.lower(),),
    compose_alert=_compose,
    repeatable=True,
    shows_alerts=True,
)


@pytest.fixture
def pigeons(monkeypatch: pytest.MonkeyPatch) -> None:
    """A channel that was added to the table."""
    monkeypatch.setitem(cast("dict[Channel, ChannelSpec]", CHANNELS), PIGEON, SPEC)


def delivery(state: State = State.SENDING, **changes: object) -> Delivery:
    made = Delivery(
        id=uuid7(),
        notification_id=uuid7(),
        order_id=None,
        kind=ALERT,
        channel=PIGEON,
        recipient="north loft",
        state=state,
        version=2,
        lane=2,
        critical=False,
        next_attempt_at=NOW,
        created_at=NOW,
        attempts=1,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def raised() -> AlertRaised:
    return AlertRaised(
        alert_id=uuid7(), fingerprint="f", version=1, rule="r", kind=AlertKind.CONDITION, severity=Severity.CRITICAL,
        category="payments", labels={}, summary="Low payment success rate", status=AlertStatus.FIRING, code="4471",
        triggered_at=NOW, occurred_at=NOW, roles=("engineering_lead", "owners"), channels=("sms", "pigeon"),
    )  # fmt: skip


ROUTES = AlertRoutes(
    routing=CONFIG.routing,
    contacts=CONFIG.contacts,
    owners=("+13525550188",),
    zone=ZoneInfo("UTC"),
    vendors=CONFIG.vendors,
)


@pytest.mark.proves("E-10", "N-2")
@pytest.mark.usefixtures("pigeons")
def test_an_added_channel_names_its_vendor_and_masks_its_recipients() -> None:
    assert masked(PIGEON, "north loft") == "n…"
    assert (delivery().provider, served_by("lofts")) == ("lofts", [PIGEON])
    sent = news(delivery(), delivery(State.SENT), now=NOW)
    assert isinstance(sent, NotificationSent)
    assert (sent.channel, sent.recipient, sent.provider) == ("pigeon", "n…", "lofts")


@pytest.mark.proves("N-15", "N-8")
@pytest.mark.usefixtures("pigeons")
def test_people_are_reached_by_its_addresses_and_known_by_their_normal_form() -> None:
    found = contacts.reachable(CONFIG.contacts, "engineering_lead", PIGEON, owners=())
    assert found == ["alex rivera"]
    assert contacts.reachable(CONFIG.contacts, "owners", PIGEON, owners=("+13525550188",)) == ["owners"]
    assert contacts.person_at(CONFIG.contacts, PIGEON, "Alex RIVERA") == "alex"
    assert contacts.person_at(CONFIG.contacts, PIGEON, "alex@example.com") is None


@pytest.mark.proves("N-8")
@pytest.mark.asyncio
@pytest.mark.usefixtures("pigeons")
async def test_suppressions_are_kept_and_asked_for_in_the_normal_form() -> None:
    table = Suppressions()
    await contacts.suppress(cast("Transaction", table), PIGEON, ["north loft"], reason="bounce")
    assert await contacts.suppressed(cast("Transaction", table), PIGEON, ["North Loft", "South Loft"]) == {"North Loft"}
    assert await contacts.suppressed(cast("Transaction", table), Channel.SMS, ["no number"]) == set()
    await contacts.suppress(cast("Transaction", table), Channel.EMAIL, ["Jordan.Ellis@Example.com"], reason="bounce")
    mails = ["jordan.ellis@example.com", "robin@example.com"]
    assert await contacts.suppressed(cast("Transaction", table), Channel.EMAIL, mails) == {mails[0]}


class Suppressions:
    """Stands in for the table."""

    def __init__(self) -> None:
        self.rows: set[tuple[str, str]] = set()

    async def execute(self, _sql: str, channel: str, recipients: Sequence[str], _reason: str) -> None:
        self.rows |= {(channel, each) for each in recipients}

    async def fetch(self, _sql: str, channel: str, recipients: Sequence[str]) -> list[dict[str, str]]:
        return [{"recipient": each} for each in recipients if (channel, each) in self.rows]


@pytest.mark.proves("M-4", "A-11", "A-12")
@pytest.mark.usefixtures("pigeons")
def test_its_deliveries_have_figures_and_log_lines_of_its_own() -> None:
    stream = io.StringIO()
    configure_logging("notifier", stream=stream)

    def figures() -> list[float]:
        errors = (
            metrics.value(Metric.ERRORS, category=KINDS[error].category, error=error)
            for error in ("reservation_expired", "payment_declined")
        )
        return [metrics.value(Metric.EVENTS_RELAYED), metrics.value(Metric.EVENTS_REFUSED), *errors]

    before = figures()
    pages = metrics.value(Metric.PAGERDUTY_SENT), metrics.value(Metric.PAGERDUTY_FAILED)
    observe_changes(((delivery(), delivery(State.SENT)), (delivery(State.SENT), delivery(State.FAILED))))
    storm = Refused(verdict=Verdict.PASSING, code="storm", reason="A storm.")
    observe_outcomes(PIGEON, (storm, replace(storm, code="hail")))
    assert [after - known for after, known in zip(figures(), before, strict=True)] == [1, 1, 1, 1]
    assert (metrics.value(Metric.PAGERDUTY_SENT), metrics.value(Metric.PAGERDUTY_FAILED)) == pages
    logged = stream.getvalue()
    assert "signed_in" in logged
    assert "event_not_counted" in logged
    assert "pagerduty" not in logged
    assert "north loft" not in logged


@pytest.mark.proves("N-2", "M-7", "A-1")
@pytest.mark.asyncio
@pytest.mark.usefixtures("pigeons")
async def test_an_alert_is_routed_and_told_as_the_channel_tells_it() -> None:
    alert = raised()
    found = {target.channel: target.recipients for target in targets(alert, ROUTES, now=NOW)}
    assert found[PIGEON] == ("alex rivera", "owners")
    composer = AlertComposer(
        database=cast("Database", None),
        routes=lambda: ROUTES,
        templates=shipped_templates(),
        installation=Installation(brand=lambda: CONFIG.brand, public_url="https://x.example.com", zone=ROUTES.zone),
        links=Links([SecretStr("k" * 32)], "https://x.example.com"),
        clock=ManualClock(),
        features={PIGEON: Features()},
    )
    told = delivery()
    message = await composer.compose(Claimable(delivery=told, content=alert.model_dump(mode="json", by_alias=True)))
    assert message == PigeonMessage(delivery_id=told.id, loft="north loft", scroll="Low payment success rate")


@pytest.mark.proves("M-7", "N-3")
@pytest.mark.usefixtures("pigeons")
def test_the_end_of_an_alert_goes_where_it_is_shown() -> None:
    assert ROUTES.tells_end_by(PIGEON)
    assert ROUTES.policy(ALERT_RESOLVED, raised(), PIGEON).time_to_live == timedelta(hours=24)
    assert may_have_it(delivery(State.QUEUED))
    assert not may_have_it(delivery(State.QUEUED, channel=Channel.SMS))


@pytest.mark.proves("N-4", "N-8")
@pytest.mark.usefixtures("pigeons")
def test_its_vendors_words_and_codes_settle_its_deliveries() -> None:
    decisions = Decisions(
        retries=lambda _channel: RetryPolicy(),
        receipt_after=lambda _channel: None,
        times=DeliveryTimes(),
        rng=Random(),
    )

    def told(status: str, code: str | None = None) -> Delivery:
        sent = delivery(State.SENT)
        return decisions.told(sent, provider_id=None, status=status, error_code=code, now=NOW)

    assert told("landed").state is State.DELIVERED
    assert told("delivered").state is State.SENT
    assert (told("eaten", "hawk").state, told("eaten", "hawk").reason) == (State.FAILED, "A hawk took it.")


@pytest.mark.proves("N-2")
@pytest.mark.usefixtures("pigeons")
def test_its_provider_is_opened_with_the_others() -> None:
    values = environment(
        database="postgresql://notifier:x@127.0.0.1/notifier", kafka="127.0.0.1:9092", prefix="", notifier=1, sandbox=2
    )
    providers = open_providers(NotifierSettings.from_environ(values), CONFIG)
    assert isinstance(providers[PIGEON], Pigeons)
    assert providers.keys() == CHANNELS.keys()


@pytest.mark.proves("N-2")
def test_every_channel_that_there_is_has_its_row() -> None:
    assert CHANNELS.keys() == set(Channel)


def test_nothing_but_a_channels_own_file_decides_by_a_single_channel() -> None:
    outside = [path for path in sorted(SERVICE.rglob("*.py")) if path.parent.name != "channels"]
    assert [f"{path.relative_to(ROOT)}:{line}" for path in outside for line in decides(path.read_text())] == []


def test_no_constraint_and_no_query_lists_channels() -> None:
    listing = re.compile(r"channel\s+(?:=|in)\s*\(?\s*'", re.IGNORECASE)
    assert [str(path) for path in SERVICE.rglob("*.py") if listing.search(path.read_text())] == []


@pytest.mark.parametrize("source", [
    "if channel is Channel.SMS: pass",
    "x = each.channel != Channel.EMAIL",
    "y = channel in {Channel.SLACK, Channel.PAGERDUTY}",
    "TABLE = {Channel.SMS: 1}",
    "GROUP = frozenset({Channel.SMS})",
    "match channel:\n    case Channel.SMS:\n        pass",
])  # fmt: skip
def test_the_search_finds_what_it_looks_for(source: str) -> None:
    assert list(decides(source)) != []


def decides(source: str) -> Iterator[int]:
    """Lines where a member of Channel is compared with, looked up, or gathered with others."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            parts: list[ast.AST] = [node.left, *node.comparators]
        elif isinstance(node, ast.Dict):
            parts = [key for key in node.keys if key is not None]
        elif isinstance(node, ast.Set | ast.Tuple | ast.List | ast.MatchValue):
            parts = list(ast.iter_child_nodes(node))
        else:
            continue
        if any(isinstance(part, ast.Attribute) and ast.unparse(part.value) == "Channel" for part in parts):
            yield node.lineno
