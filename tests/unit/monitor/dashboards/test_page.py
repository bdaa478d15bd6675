"""The operations page as it is printed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.ids import uuid7
from chassis.tokens import Principal, Role
from config import load
from events import AlertStatus, Severity
from monitor.alerts.domain import Alert, manual_matter
from monitor.dashboards.operations.page import OperationsPage
from monitor.dashboards.operations.views import OperationsView
from tests.unit.monitor.dashboards.samples import operations
from tests.unit.monitor.samples import NOW

CONFIG = load("deploy/config")
PAGE = OperationsPage(CONFIG.brand)
ANN = Principal(
    subject="ann",
    email="ann@example.com",
    role=Role.OPERATOR,
    provider=None,
    token_id="t1",
    issued_at=NOW,
    expires_at=NOW + timedelta(hours=1),
)


def firing(runbook: str | None = None) -> Alert:
    matter = manual_matter(severity=Severity.CRITICAL, category="payments", summary="Payments <are> down")
    return Alert(
        id=uuid7(),
        version=1,
        matter=replace(matter, runbook=runbook),
        roles=(),
        channels=(),
        code="4471",
        status=AlertStatus.FIRING,
        triggered_at=NOW,
        changed_at=NOW,
    )


def printed(*alerts: Alert) -> str:
    view = OperationsView.of(operations(alerts=alerts), config=CONFIG, zone="America/Chicago")
    return bytes(PAGE.render(view, ANN).body).decode()


@pytest.mark.proves("M-11")
def test_an_hour_in_which_nothing_happened_is_a_whole_page() -> None:
    html = printed()
    assert "<title>Operations · " in html
    assert 'href="/operations" aria-current="page"' in html
    assert html.count("data-part") == 9
    assert "No open alerts." in html


@pytest.mark.proves("M-5")
@pytest.mark.parametrize("runbook", ["/docs/playbooks/payments", "https://wiki.example.com/payments"])
def test_an_open_alert_leads_to_what_to_do(runbook: str) -> None:
    html = printed(firing(runbook))
    assert f'<a href="{runbook}">What to do</a>' in html
    assert "Payments &lt;are&gt; down" in html
    assert "What to do" not in printed(firing())
