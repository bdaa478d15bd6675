"""Alerts over HTTP: whoever may take one takes it once, and bad questions have their codes."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.tokens import Role
from events import AlertAcknowledged
from tests.fixtures.postgres import MakeDatabase
from tests.integration.monitor.alert_bench import bench, crossing
from tests.integration.monitor.service import Client, environ, person, running

pytestmark = pytest.mark.asyncio
# A place before the beginning of time.
FAR = base64.urlsafe_b64encode(json.dumps(["0001-01-01T00:00:00+23:59", str(uuid4())]).encode()).decode()


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
        ("GET", "/api/alerts?state=firing", None, 422, "invalid_request"),
        ("GET", "/api/alerts/7", None, 404, "unknown_alert"),
        ("POST", f"/api/alerts/{UUID(int=1)}/ack", None, 404, "unknown_alert"),
        ("POST", "/api/alerts", {"severity": "urgent", "category": "api", "summary": "x"}, 422, "invalid_request"),
        ("POST", "/api/alerts", {"severity": "high", "category": "A B", "summary": "x"}, 422, "invalid_request"),
        ("POST", "/api/alerts", {"severity": "high", "category": "api", "summary": "a\u0000b"}, 422, "invalid_request"),
        ("POST", "/api/alerts", {"severity": "high", "category": "api", "summary": "a\u202eb"}, 422, "invalid_request"),
        ("POST", "/api/alerts", {"severity": "high", "category": "api", "summary": "x" * 301}, 422, "invalid_request"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_bad_questions_have_their_codes(
    refusing: Client, method: str, path: str, body: Any, status: int, code: str
) -> None:
    ask = refusing.get if method == "GET" else refusing.post
    answer = await ask(path, headers=person(Role.OPERATOR), **({"json": body} if body else {}))
    assert (answer.status, answer.json["code"]) == (status, code)
