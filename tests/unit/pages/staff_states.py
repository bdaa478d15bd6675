"""Pages of staff and of people on call in each of their states, with long words and full tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import config
from chassis.formats import zoned_time
from chassis.ids import uuid7
from chassis.tokens import Principal, Role
from checkout.connections.domain import Connection
from checkout.passes.domain import Pass, Use
from checkout.reconciliation.difference_store import KeptDifference
from checkout.reconciliation.domain import (
    Difference,
    DifferenceState,
    PartState,
    Run,
    RunCounts,
    RunPart,
    RunState,
    Scope,
)
from checkout.staff.connection_views import connection_rows
from checkout.staff.own_pages import own_pages
from checkout.staff.pass_views import pass_row, use_rows
from checkout.staff.reconciliation_views import difference_rows, run_row
from checkout.staff.site import staff_site
from checkout.staff.webhook_views import filters, refusal_rows, webhook_rows
from checkout.webhooks.domain import ListedWebhook, RefusedRequests, WebhookState
from events import AlertStatus, ConnectionStatus, DifferenceKind, OrderCustomer, PassState, Severity
from inventory.doors.domain import DoorCity, DoorCounts, Happening, Inside, LogEntry, LoggedEntry
from inventory.staff.door_page import choices
from inventory.staff.inside_views import choices as city_choices
from inventory.staff.inside_views import conflict_rows, full, inside_rows
from inventory.staff.site import staff_site as stock_site
from monitor.accounts.page import LoginPage
from monitor.alerts.domain import Alert, manual_matter
from monitor.dashboards.operations.domain import Operations, ServiceRow
from monitor.dashboards.operations.endpoints import Endpoint
from monitor.dashboards.operations.page import OperationsPage
from monitor.dashboards.operations.panels.alerts import AlertRow
from monitor.dashboards.operations.views import OperationsView
from monitor.figures.domain import PaymentCounts, PoolState, SmsCounts, WebhookCounts
from monitor.health.domain import HealthStatus
from monitor.reference.api import ReferencePage
from notifier.acknowledgements.linked import AlertView
from notifier.acknowledgements.page import AcknowledgePage
from tests.unit.checkout.samples import a_pass
from tests.unit.monitor.dashboards.samples import operations
from tests.unit.monitor.samples import NOW
from tests.unit.notifier.acknowledgements.samples import VIEWS

CONFIG: Final = config.load(Path(__file__).parents[3] / "deploy" / "config")
ZONE: Final = "America/Chicago"
OPERATIONS: Final = OperationsPage(CONFIG.brand)
LOGIN: Final = LoginPage(CONFIG.brand)
ACKNOWLEDGE: Final = AcknowledgePage(CONFIG.brand)
REFERENCE: Final = ReferencePage(CONFIG.brand)
STAFF: Final = staff_site(CONFIG.brand, zone=ZoneInfo(ZONE))
STOCK: Final = stock_site(CONFIG.brand, zone=ZoneInfo(ZONE))
PERSON: Final = "ann.freudenberger-schmidthausen@operations.example.com"
ANN: Final = Principal(
    subject="ann", email=PERSON, role=Role.OPERATOR, provider=None, token_id="t1", issued_at=NOW, expires_at=NOW
)
_LONG = "Zahlungsabwicklungsverzögerung: 41.3% (limit 5%, 412 of 998) at /api/create-checkout-session"
_ROUTES = ("/api/create-checkout-session", "/api/orders/{order_id}/events", "/register", "/")


LONG_PASS: Final = a_pass(
    name="Zehn Unterrichtseinheiten für Fortgeschrittene, Abendkurse und Wochenenden eingeschlossen",
    customer=OrderCustomer(first_name="", last_name="", email=PERSON),
)
EACH_PASS: Final = (
    LONG_PASS,
    replace(LONG_PASS, used=10),
    replace(LONG_PASS, valid_until=NOW),
    replace(LONG_PASS, state=PassState.FROZEN),
    replace(LONG_PASS, state=PassState.ENDED),
)
USES: Final = [
    Use(use_id=str(number), number=number, place=_LONG if number == 2 else "", used_by=PERSON, used_at=NOW)
    for number in (2, 1)
]
UNDONE: Final = replace(USES[0], undone_at=NOW, undone_by=PERSON, undone_reason=_LONG)


def _staff(template: str, **context: object) -> Callable[[], bytes]:
    return lambda: bytes(STAFF.page(template, status=200, person=PERSON, at=zoned_time(NOW, ZONE), **context).body)


def _passes(*held: Pass, text: str = "", older: str | None = None) -> Callable[[], bytes]:
    rows = [pass_row(each, now=NOW, zone=ZoneInfo(ZONE), personal=True) for each in held]
    return _staff("passes.html", text=text, rows=rows, older=older)


def _pass_page(held: Pass, uses: Sequence[Use] = (), **said: int) -> Callable[[], bytes]:
    zone = ZoneInfo(ZONE)
    shown = {"held": pass_row(held, now=NOW, zone=zone, personal=True), "uses": use_rows(uses, now=NOW, zone=zone)}
    return _staff("pass.html", may=True, key="k", **{"done": None, "undone": None, **shown, **said})


def _board(now: Operations) -> Callable[[], bytes]:
    return lambda: bytes(OPERATIONS.render(OperationsView.of(now, config=CONFIG, zone=ZONE), ANN).body)


def _ask() -> bytes:
    row = AlertRow.of(_alert(Severity.CRITICAL, taken=True), now=NOW, zone=ZONE, contacts=CONFIG.contacts)
    return bytes(OPERATIONS.ask(row, ANN).body)


def _alert(severity: Severity, *, taken: bool = False) -> Alert:
    matter = manual_matter(severity=severity, category="communication", summary=_LONG)
    return Alert(
        id=uuid7(),
        version=1,
        matter=replace(matter, runbook="/docs", evidence=(_LONG, _LONG)),
        roles=(),
        channels=(),
        code="4471",
        status=AlertStatus.ACKNOWLEDGED if taken else AlertStatus.FIRING,
        triggered_at=NOW - timedelta(minutes=75),
        changed_at=NOW,
        acknowledged_at=NOW if taken else None,
        acknowledged_by=PERSON if taken else None,
    )


def _pool(city: str, tier: str, sold: int) -> PoolState:
    return PoolState(
        city=city,
        tier=tier,
        stock_version=1,
        public_limit=1000,
        actual_limit=1200,
        held=17,
        sold=sold,
        oversold=0,
        available=max(0, 983 - sold),
        changed_at=NOW,
    )


def _service(name: str) -> ServiceRow:
    return ServiceRow(
        service=name,
        status=HealthStatus.DEGRADED,
        reason="database: slow answers; Nachrichtenübermittlungsverzögerung",
        beat=3.2,
        memory=1_212_000_000,
        lag=123_456,
        outbox_depth=99_999,
        outbox_age=412.0,
        database_ms=480.4,
        instances=3,
    )


def _endpoint(route: str) -> Endpoint:
    return Endpoint(method="POST", route=route, calls=1_234_567, errors=52_000, p50=0.25, p95=2.5, p99=10.0)


_BUSY = operations(
    alerts=(*(_alert(severity) for severity in Severity), _alert(Severity.CRITICAL, taken=True)),
    payments=PaymentCounts(paid=12_345, failed=678, declined=90),
    webhooks=WebhookCounts(done={NOW.replace(second=0): 4}, failed={NOW.replace(second=0): 1}, p99_ms=10_000),
    sms=SmsCounts(queued=12_399, sent=12_345, delivered=11_000, failed=999),
    pools=[
        _pool(city, tier, 983 if tier == "vip" else 12) for city in CONFIG.catalogue.cities for tier in ("ga", "vip")
    ],
    services=[_service(name) for name in ("checkout", "inventory", "notifier", "monitor")],
    lag={"checkout-fulfilment": 123_456},
    endpoints=[_endpoint(route) for route in _ROUTES],
    overall=_endpoint(""),
    last_sale=NOW,
)


def _login(*, problem: str | None = None, person: str | None = None) -> Callable[[], bytes]:
    return lambda: bytes(LOGIN.render(target="/operations", email=PERSON, problem=problem, person=person).body)


def _acknowledge(view: AlertView | None) -> Callable[[], bytes]:
    return lambda: bytes(ACKNOWLEDGE.render(view).body)


def _connections(*, of_provider: bool = False) -> bytes:
    fine = Connection(
        connection_id=12,
        provider_id=7,
        processor="square",
        account_name="Studio North",
        status=ConnectionStatus.CONNECTED,
        status_since=NOW,
        last_transaction_at=NOW,
        created_at=NOW,
    )
    ended = replace(fine, connection_id=13, status=ConnectionStatus.EXPIRED, last_error="401 UNAUTHORIZED: revoked")
    silent = replace(fine, connection_id=14, processor="paypal", tells_disputes=False)
    shown = STAFF.page(
        "connections.html",
        person=PERSON,
        at=zoned_time(NOW, ZONE),
        rows=connection_rows([fine, ended, silent], now=NOW, zone=STAFF.zone),
        own_pages=own_pages(7 if of_provider else None),
        more="/staff/connections?after=13",
    )
    return bytes(shown.body)


def _own_connections() -> bytes:
    return _connections(of_provider=True)


def _webhooks() -> bytes:
    stored = ListedWebhook(
        processor="stripe",
        event_id="evt_1QZx9y2eZvKYlo2CJr5B0XyZ",
        type="checkout.session.async_payment_succeeded",
        live_mode=False,
        received_at=NOW,
        state=WebhookState.FAILED,
        attempts=8,
        cause="waited_too_long",
        last_error="What it builds on has not come.",
        order_id=UUID(int=1),
        processed_at=NOW,
    )
    refused = RefusedRequests(
        minute=NOW, processor="stripe", cause="signature_missing", requests=12, source="2001:db8:85a3::/48", last_at=NOW
    )
    zone = STAFF.zone
    shown = STAFF.page(
        "webhooks.html",
        person=PERSON,
        at=zoned_time(NOW, ZONE),
        filters=filters({WebhookState.FAILED: 1234}, chosen=None),
        rows=webhook_rows([stored], now=NOW, zone=zone),
        older="/staff/webhooks?cursor=1",
        narrowed=False,
        refusals=refusal_rows([refused], now=NOW, zone=zone),
    )
    return bytes(shown.body)


def _compared() -> bytes:
    """Each kind of difference, and each end of a comparison."""
    run_id, order_id = UUID(int=7), UUID(int=9)
    waiting = [
        KeptDifference(
            run_id=run_id,
            difference=Difference(account="stripe", kind=kind, subject=f"cs_test_{'a1b2' * 14}", order_id=order_id),
            state=DifferenceState.PERSON,
            known=False,
            reason=f"{_LONG}: give pi_3Qx0000000000000000000000 back at the processor, or the seats",
            command=f"fullhouse tickets grant EMAIL dallas-jan-2027 ga 2 --session cs_test_{'a1b2' * 14}",
            found_at=NOW - timedelta(hours=number),
            tried_at=None,
            settled_at=NOW,
            open=True,
            closed_by=None,
            closed_reason=None,
            closed_at=None,
        )
        for number, kind in enumerate(DifferenceKind)
    ]
    runs = [
        Run(
            run_id=run_id,
            scope=Scope(since=NOW - timedelta(days=1), until=NOW),
            account=None,
            dry_run=False,
            started_by=PERSON,
            by_person=True,
            agreed=False,
            state=state,
            started_at=NOW,
        )
        for state in (*RunState, RunState.DONE)
    ]
    troubles = ("", "", "", "", f"sessions from the beginning: 401 {_LONG}")
    parts = [
        RunPart(
            run_id=run_id,
            number=1,
            account="stripe",
            detector="sessions",
            state=PartState.READ,
            after=None,
            checked=12_345,
            tries=0,
            trouble=trouble,
        )
        for trouble in troubles
    ]
    counts = RunCounts(found=400, repaired=398, person=2, waiting=17)
    rows = [run_row(run, [part], counts, now=NOW, zone=STAFF.zone) for run, part in zip(runs, parts, strict=True)]
    shown = difference_rows(waiting, now=NOW, zone=STAFF.zone)
    return _staff("reconciliation.html", waiting=shown, newest=rows[:1], runs=rows)()


def _door(*cities: str) -> Callable[[], bytes]:
    """The page as a person finds it first: which city, and which door?"""
    found = [DoorCity(city_id=name, name=name, time_zone=ZONE, starts=NOW) for name in cities]
    page = STOCK.page("door.html", person=PERSON, cities=choices(found), list_keys="", files="")
    return lambda: bytes(page.body)


def _inside() -> bytes:
    city = DoorCity(city_id="albuquerque", name="Albuquerque at the Convention Center", time_zone=ZONE, starts=NOW)
    entry = LogEntry(
        order_id=UUID(int=1),
        seat=12,
        city_id="albuquerque",
        tier="vip",
        what=Happening.CONFLICT,
        cause="already_used",
        scan="s",
        door="Door at the far end of the hall",
        scanned_at=NOW,
        offline=True,
        actor=PERSON,
    )
    guest = Inside(
        order_id=UUID(int=1),
        seat=12,
        order_number=None,
        city_id="albuquerque",
        tier="vip",
        door=entry.door,
        scanned_at=NOW,
    )
    counts = DoorCounts(
        tickets={"ga": 12345, "vip": 99}, inside={"ga": 9876, "vip": 98}, doors={entry.door: 9974}, conflicts=1
    )
    shown = STOCK.page(
        "inside.html",
        person=PERSON,
        at=zoned_time(NOW, ZONE),
        city=city,
        cities=city_choices([city, city], chosen=city.city_id),
        full=full(counts),
        conflicts=conflict_rows(
            [LoggedEntry(id=1, recorded_at=NOW, order_number="7K3M2QXD", entry=entry)], city, now=NOW
        ),
        rows=inside_rows([guest], city, now=NOW),
        older="/staff/inside?cursor=1",
    )
    return bytes(shown.body)


# A state of a page is a line here.
STATES: Final[Mapping[str, Callable[[], bytes]]] = {
    "reconciliation": _compared,
    "reconciliation, nothing": _staff("reconciliation.html", waiting=[], newest=[], runs=[]),
    "operations, calm": _board(operations()),
    "operations, busy": _board(_BUSY),
    "resolve an alert": _ask,
    "webhooks": _webhooks,
    "connections": _connections,
    "connections, of a provider": _own_connections,
    "staff passes": _passes(*EACH_PASS, older="/staff/passes?cursor=1"),
    "staff passes, none": _passes(),
    "staff passes, none fits": _passes(text=PERSON),
    "a pass": _pass_page(EACH_PASS[0]),
    "a pass, an entry just used": _pass_page(replace(LONG_PASS, used=2), USES, done=2),
    "a pass, an entry just undone": _pass_page(replace(LONG_PASS, used=1), [UNDONE, USES[1]], undone=2),
    "a pass that ended": _pass_page(EACH_PASS[-1], USES),
    "staff page refused": lambda: bytes(STAFF.page("ui/refused.html", title="Forbidden", text=_LONG, back="/").body),
    "door": _door("San Francisco", "Albuquerque at the Convention Center"),
    "door, no city": _door(),
    "who is in": _inside,
    "who is in, no city": lambda: bytes(
        STOCK.page("inside.html", person=PERSON, at=zoned_time(NOW, ZONE), city=None).body
    ),
    "sign in": _login(),
    "sign in, wrong": _login(problem="Email or password is wrong. Check both and try again."),
    "signed in": _login(person=PERSON),
    **{f"acknowledge, {name}": _acknowledge(view) for name, view in VIEWS.items()},
    "documentation of events": lambda: bytes(REFERENCE.render().body),
}
