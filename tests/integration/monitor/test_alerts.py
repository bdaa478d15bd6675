"""The life of alerts on a real database: raised once, taken once, ended once, and told with every step."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.clock import TEST_EPOCH, ManualClock
from chassis.database import Database
from chassis.tokens import Role
from config import Config, load
from eventbus import KafkaConnection, Outbox, Tail
from events import (
    AlertAcknowledged,
    AlertEvent,
    AlertRaised,
    AlertResolved,
    AlertStatus,
    Channel,
    NotificationAnswered,
    StockLevelChanged,
    StockLow,
    StockScope,
    StockSoldOut,
    Topic,
    parse_event,
)
from monitor.alerts.service import Alerts
from monitor.alerts.stock import StockAlerts
from monitor.alerts.workers import Evaluator
from monitor.figures import service as figures
from monitor.health.board import HealthBoard
from tests.fixtures.postgres import MakeDatabase
from tests.integration.monitor.service import Client, environ, eventually, person, running, write
from tests.integration.monitor.test_figures import received
from tests.unit.monitor.samples import attempt_failed, heartbeat, level, order_paid

pytestmark = pytest.mark.asyncio
# A place before the beginning of time.
FAR = base64.urlsafe_b64encode(json.dumps(["0001-01-01T00:00:00+23:59", str(uuid4())]).encode()).decode()
ALERTS = (Topic.ALERTS_CRITICAL, Topic.ALERTS_HIGH, Topic.ALERTS_MEDIUM, Topic.ALERTS_LOW)


@dataclass
class Bench:
    database: Database
    clock: ManualClock = field(default_factory=ManualClock)
    config: Config = field(default_factory=lambda: load("deploy/config"))

    def __post_init__(self) -> None:
        self.board = HealthBoard(clock=self.clock)

    def only(self, *names: str) -> None:
        """Takes all other rules away, as a changed file would."""
        rules = {name: rule for name, rule in self.config.alert_rules.rules.items() if name in names}
        parts = {name: getattr(self.config, name) for name in type(self.config).__slots__}
        parts["alert_rules"] = self.config.alert_rules.model_copy(update={"rules": rules})
        self.config = Config(**parts)

    @property
    def alerts(self) -> Alerts:
        outbox = Outbox(source="monitor", clock=self.clock, wake=lambda: None)
        return Alerts(outbox, config=lambda: self.config, clock=self.clock)

    @property
    def stock(self) -> StockAlerts:
        return StockAlerts(self.alerts, config=lambda: self.config)

    def evaluator(self) -> Evaluator:
        """A new one each time: what it knows must be in the database."""
        own = heartbeat("monitor", at=self.clock.now())
        self.board.hear(own)
        return Evaluator(
            self.alerts,
            database=self.database,
            config=lambda: self.config,
            situation=lambda: self.board.situation(own),
            clock=self.clock,
        )

    async def look(self, **later: float) -> None:
        self.clock.advance(timedelta(**later))
        await self.evaluator().look()

    async def count(self, *, paid: int = 0, failed: int = 0) -> None:
        now = self.clock.now()
        happened = [order_paid(occurred_at=now) for _ in range(paid)]
        declined = attempt_failed(buyers_fault=False).model_copy(update={"occurred_at": now})
        async with self.database.transaction() as tx:
            await figures.count(tx, [received(event) for event in [*happened, *[declined] * failed]])

    async def tell(self, *events: Any) -> None:
        for event in events:
            async with self.database.transaction() as tx:
                await self.stock.on_event(tx, event)

    async def told(self) -> list[AlertEvent]:
        rows = await self.database.fetch("SELECT header_names, header_values, value FROM outbox ORDER BY id")
        found = []
        for row in rows:
            headers = dict(zip(row["header_names"], row["header_values"], strict=True))
            event = parse_event(headers["ce_type"].decode(), row["value"])
            assert isinstance(event, AlertEvent)
            found.append(event)
        return found

    async def story(self) -> list[tuple[str, str]]:
        return [(event.short_type().removeprefix("alert."), event.fingerprint) for event in await self.told()]


@asynccontextmanager
async def bench(url: str) -> AsyncIterator[Bench]:
    database = await Database.connect(url, application="test", pool_size=4)
    try:
        yield Bench(database)
    finally:
        await database.close()


@pytest.mark.proves("M-5", "M-6", "A-4")
async def test_a_payment_outage_raises_one_critical_alert_and_resolves_by_itself(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("payment_success_low", "payment_failure_high")
        await b.count(paid=7, failed=5)
        await b.look()
        assert await b.story() == [("raised", "payment_failure_high")]  # the other must hold for two minutes
        await b.look(seconds=119)
        assert len(await b.told()) == 1
        await b.look(seconds=1)
        await b.look(seconds=15)
        _, raised = await b.told()
        assert isinstance(raised, AlertRaised)
        assert (raised.rule, raised.destination, raised.version) == ("payment_success_low", Topic.ALERTS_CRITICAL, 1)
        assert raised.roles == ("engineering_lead", "development_team")
        assert raised.channels == ("sms", "slack", "email", "pagerduty")
        assert raised.summary == "Low payment success rate: 58.3% (limit 95%)"
        assert len(raised.code) == 4
        assert raised.code.isdigit()
        await b.look(minutes=5)  # the window has passed: it is over, but must stay so for a minute
        assert len(await b.told()) == 2
        await b.look(seconds=60)
        resolved = (await b.told())[-1]
        assert isinstance(resolved, AlertResolved)
        assert (resolved.alert_id, resolved.version, resolved.by) == (raised.alert_id, 2, "")
        assert resolved.reason == "The condition is over."


@pytest.mark.proves("M-6")
async def test_ten_evaluators_at_once_raise_one_alert(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        b.only("dead_letters")
        b.board.hear(heartbeat("notifier", at=b.clock.now(), dead_letters={"notifier-sms": 3}))
        await asyncio.gather(*(b.evaluator().look() for _ in range(10)))
        assert await b.story() == [("raised", "dead_letters{group=notifier-sms,service=notifier}")]
        b.board.hear(heartbeat("notifier", at=b.clock.now() + timedelta(seconds=1)))
        await b.look(seconds=20)
        await b.look(seconds=60)
        assert [step for step, _ in await b.story()] == ["raised", "resolved"]


@pytest.mark.proves("A-4", "M-6")
async def test_a_silent_service_is_down_and_a_rule_that_is_taken_away_ends_its_alerts(
    make_database: MakeDatabase,
) -> None:
    async with bench(make_database("monitor")) as b:
        b.clock.advance(timedelta(seconds=1))
        for service in ("checkout", "inventory", "notifier"):
            b.board.hear(heartbeat(service, at=b.clock.now()))
        await b.look(seconds=60)
        assert await b.told() == []
        b.clock.advance(timedelta(seconds=15))
        for service in ("inventory", "notifier"):
            b.board.hear(heartbeat(service, at=b.clock.now()))
        await b.look()
        (raised,) = await b.told()
        assert raised.summary == "checkout is down: no heartbeat for 75 s (limit 60 s)"
        b.only("dead_letters")
        await b.look(seconds=15)
        assert [step for step, _ in await b.story()] == ["raised", "resolved"]


def crossing(version: int, threshold: int, *, tier: str = "ga") -> StockLow | StockSoldOut:
    facts: dict[str, Any] = {
        "city_id": "dallas",
        "stock_version": version,
        "remaining_inventory": {tier: threshold},
        "pools": {tier: level(threshold)},
        "occurred_at": TEST_EPOCH,
        "tier": tier,
    }
    if threshold == 0:
        return StockSoldOut(**facts)
    return StockLow(**facts, scope=StockScope.TIER, available=threshold, level="LOW", threshold=threshold)


def opened(version: int, available: int) -> StockLevelChanged:
    return StockLevelChanged(
        city_id="dallas",
        stock_version=version,
        remaining_inventory={"ga": available},
        pools={"ga": level(available)},
        occurred_at=TEST_EPOCH,
    )


def stock(threshold: int, tier: str = "ga") -> str:
    return f"stock_level{{city=dallas,threshold={threshold},tier={tier}}}"


@pytest.mark.proves("A-3", "E-6")
async def test_stock_falls_step_by_step_and_rises_again(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        await b.tell(crossing(3, 10), crossing(4, 9), crossing(4, 9), crossing(9, 5))
        assert await b.story() == [
            ("raised", stock(10)),
            ("resolved", stock(10)),  # a notice closes itself
            ("raised", stock(9)),
            ("resolved", stock(9)),  # the lower step takes its place
            ("raised", stock(5)),
        ]
        before = len(await b.told())
        await b.tell(crossing(4, 9), crossing(3, 10), opened(8, 50))  # late and repeated: nothing turns back
        assert len(await b.told()) == before
        await b.tell(opened(11, 5))  # still at the threshold
        assert len(await b.told()) == before
        await b.tell(opened(12, 6))
        last = (await b.told())[-1]
        assert isinstance(last, AlertResolved)
        assert (last.fingerprint, last.reason) == (stock(5), "6 tickets remain again.")
        await b.tell(crossing(14, 2), crossing(15, 0))
        assert (await b.story())[-4:] == [
            ("raised", stock(2)),
            ("resolved", stock(2)),
            ("raised", stock(0)),
            ("resolved", stock(0)),
        ]
        sold_out = next(event for event in await b.told() if event.fingerprint == stock(0))
        assert isinstance(sold_out, AlertRaised)
        assert "pagerduty" not in sold_out.channels


@pytest.mark.proves("M-6")
async def test_an_acknowledgement_counts_once_whoever_comes_and_in_any_number(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        await b.tell(crossing(4, 9))
        (raised,) = await b.told()

        async def take(person: int) -> str | None:
            async with b.database.transaction() as tx:
                alert = await b.alerts.acknowledge(tx, raised.alert_id, by=f"person-{person}", way="api")
                return alert.acknowledged_by

        names = set(await asyncio.gather(*(take(person) for person in range(8))))
        assert len(names) == 1  # the first to commit wins, and everybody is told who that was
        _, acknowledged = await b.told()
        assert isinstance(acknowledged, AlertAcknowledged)
        assert (acknowledged.version, {acknowledged.by}) == (2, names)
        await b.tell(crossing(9, 5))
        assert [step for step, _ in await b.story()][2:] == ["resolved", "raised"]


async def raise_by_hand(monitor: Client, summary: str = "The venue's Wi-Fi is down", role: Role = Role.OPERATOR) -> Any:
    body = {"severity": "high", "category": "communication", "summary": summary}
    return await monitor.post("/api/alerts", json=body, headers=person(role))


@pytest.mark.proves("M-8", "X-3")
async def test_the_api_lists_takes_and_ends_alerts_for_operators_and_shows_them_to_viewers(
    make_database: MakeDatabase,
) -> None:
    viewer, operator = person(Role.VIEWER), person(Role.OPERATOR)
    async with running(environ(make_database("monitor"))) as monitor:
        first = await raise_by_hand(monitor)
        again = await raise_by_hand(monitor)
        other = await raise_by_hand(monitor, "Projector broken")
        assert (first.status, again.status, other.status) == (201, 200, 201)
        assert first.json["id"] == again.json["id"]
        path = f"/api/alerts/{first.json['id']}"

        page = (await monitor.get("/api/alerts?limit=1", headers=viewer)).json
        rest = (await monitor.get(f"/api/alerts?limit=1&cursor={page['nextCursor']}", headers=viewer)).json
        assert [page["data"][0]["id"], rest["data"][0]["id"]] == [other.json["id"], first.json["id"]]
        assert rest["nextCursor"] is None
        alert = rest["data"][0]
        assert {"id", "rule", "severity", "category", "summary", "status", "timestamp"} <= set(alert)
        assert (alert["rule"], alert["status"]) == ("manual", "firing")

        assert (await monitor.post(f"{path}/ack", headers=viewer)).status == 403
        assert (await monitor.post(f"{path}/ack")).status == 401
        taken = await monitor.post(f"{path}/ack", headers=operator)
        assert (taken.status, taken.json["status"], taken.json["acknowledgedBy"]) == (
            200,
            "acknowledged",
            "ann@example.com",
        )
        assert (await monitor.post(f"{path}/ack", headers=operator)).json == taken.json
        over = await monitor.post(f"{path}/resolve", json={"reason": "The router was unplugged"}, headers=operator)
        assert over.json["status"] == "resolved"
        assert (await monitor.post(f"{path}/ack", headers=operator)).json["code"] == "alert_resolved"
        shown = (await monitor.get(path, headers=viewer)).json
        assert [entry["status"] for entry in shown["history"]] == ["firing", "acknowledged", "resolved"]
        assert shown["history"][-1]["note"] == "The router was unplugged"

        firing = (await monitor.get("/api/alerts?status=firing&severity=high", headers=viewer)).json["data"]
        assert [each["id"] for each in firing] == [other.json["id"]]


@pytest.mark.proves("M-8")
@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/api/alerts?status=pending", None, 422, "invalid_request"),
        ("GET", "/api/alerts?cursor=nonsense", None, 422, "invalid_request"),
        ("GET", f"/api/alerts?cursor={FAR}", None, 422, "invalid_request"),
        ("GET", "/api/alerts?city=%00", None, 422, "invalid_request"),
        ("GET", "/api/alerts?limit=501", None, 422, "invalid_request"),
        ("GET", "/api/alerts/7", None, 404, "unknown_alert"),
        ("POST", f"/api/alerts/{UUID(int=1)}/ack", None, 404, "unknown_alert"),
        ("POST", "/api/alerts", {"severity": "urgent", "category": "api", "summary": "x"}, 422, "invalid_request"),
        ("POST", "/api/alerts", {"severity": "high", "category": "A B", "summary": "x"}, 422, "invalid_request"),
        ("POST", "/api/alerts", {"severity": "high", "category": "api", "summary": "a\u0000b"}, 422, "invalid_request"),
        ("POST", "/api/alerts", {"severity": "high", "category": "api", "summary": "a\u202eb"}, 422, "invalid_request"),
        ("POST", "/api/alerts", {"severity": "high", "category": "api", "summary": "x" * 301}, 422, "invalid_request"),
    ],
)
async def test_bad_questions_have_their_codes(
    make_database: MakeDatabase, method: str, path: str, body: Any, status: int, code: str
) -> None:
    async with running(environ(make_database("monitor"))) as monitor:
        ask = monitor.get if method == "GET" else monitor.post
        answer = await ask(path, headers=person(Role.OPERATOR), **({"json": body} if body else {}))
        assert (answer.status, answer.json["code"]) == (status, code)


@pytest.mark.proves("M-6", "E-4")
async def test_over_kafka_a_crossing_is_raised_and_an_answer_takes_it(
    kafka: str, topic_prefix: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    folder = shutil.copytree("deploy/config", tmp_path / "config")
    values = {**environ(make_database("monitor"), kafka=kafka, prefix=topic_prefix), "CONFIG_DIR": str(folder)}
    connection = KafkaConnection(bootstrap_servers=kafka, prefix=topic_prefix)
    seen: list[AlertEvent] = []

    async def listen(tail: Tail) -> None:
        async for item in tail:
            assert isinstance(item.event, AlertEvent)
            seen.append(item.event)

    async with running(values) as monitor, Tail(connection, ALERTS) as tail:
        listening = asyncio.create_task(listen(tail))

        async def ready() -> bool:
            return (await monitor.get("/readyz")).status == 200

        await eventually(ready)
        await write(connection, crossing(4, 9))
        await eventually(lambda: _holds(len(seen) == 1))
        raised = seen[0]
        answer = NotificationAnswered(
            notification_id=uuid4(),
            delivery_id=uuid4(),
            version=3,
            channel=Channel.SMS,
            kind="alert",
            recipient="+1•••0100",
            alert_fingerprint=raised.fingerprint,
            occurred_at=datetime.now(UTC),
            alert_id=raised.alert_id,
            fingerprint=raised.fingerprint,
            by="alex",
            way="sms_reply",
        )
        await write(connection, answer, answer.model_copy(update={"by": "sam"}))
        await eventually(lambda: _holds(len(seen) == 2))
        taken = seen[1]
        assert isinstance(taken, AlertAcknowledged)
        assert (taken.by, taken.way, taken.status) == ("alex", "sms_reply", AlertStatus.ACKNOWLEDGED)
        listening.cancel()


@pytest.mark.proves("M-5")
async def test_a_changed_rule_counts_without_a_restart_and_a_wrong_one_changes_nothing(
    kafka: str, topic_prefix: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree("deploy/config", tmp_path / "config"))
    rules = folder / "alert-rules.yaml"
    shipped = rules.read_text(encoding="utf-8")
    strict = shipped.replace("atLeast: 1", "atLeast: 100", 1)
    assert strict != shipped
    rules.write_text(strict, encoding="utf-8")
    values = {**environ(make_database("monitor"), kafka=kafka, prefix=topic_prefix), "CONFIG_DIR": str(folder)}
    connection = KafkaConnection(bootstrap_servers=kafka, prefix=topic_prefix)
    async with running(values) as monitor:

        async def letters() -> list[str]:
            told = heartbeat("notifier", at=datetime.now(UTC), dead_letters={"notifier-sms": 3})
            await write(connection, told)
            found = await monitor.get("/api/alerts?rule=dead_letters", headers=person(Role.VIEWER))
            return [alert["summary"] for alert in found.json["data"]]

        async def heard() -> bool:
            await letters()
            rows = (await monitor.get("/api/operations", headers=person(Role.VIEWER))).json["services"]
            return any(row["service"] == "notifier" and row["instances"] for row in rows)

        await eventually(heard)
        rules.write_text(shipped.replace("atLeast: 1", "atLeast: soon", 1), encoding="utf-8")
        await asyncio.sleep(4)
        assert await letters() == []
        rules.write_text(shipped, encoding="utf-8")

        async def raised() -> bool:
            return await letters() == ["Dead letters of notifier-sms wait for a person: 3"]

        await eventually(raised)


async def _holds(fact: bool) -> bool:
    return fact
