"""The table path → service, and what the gateway makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack.errors import StackError
from stack.gateway import Routes, caddyfile, trusted
from stack.layout import SERVICES, Layout, Ports

ROUTES = Routes.load()
# Requirements name these addresses; who answers them is the gateway's promise.
PROMISED = {
    "/": "checkout",
    "/register": "checkout",
    "/success": "checkout",
    "/cancel": "checkout",
    "/static/app.css": "checkout",
    "/api/create-checkout-session": "checkout",
    "/api/config/public": "checkout",
    "/api/orders": "checkout",
    "/api/orders/0190/timeline": "checkout",
    "/api/webhooks/stripe": "checkout",
    "/api/admin/orders/0190/refund": "checkout",
    "/api/admin/checkout/dlq": "checkout",
    "/api/never-heard-of": "checkout",
    "/api/inventory": "inventory",
    "/api/inventory/tampa": "inventory",
    "/api/admin/inventory/expand": "inventory",
    "/api/admin/inventory/dlq": "inventory",
    "/api/admin/inventory/dlq/17/redrive": "inventory",
    "/api/admin/checkin": "inventory",
    "/api/webhooks/twilio/status": "notifier",
    "/api/webhooks/twilio/inbound": "notifier",
    "/api/webhooks/sendgrid": "notifier",
    "/api/notifications": "notifier",
    "/api/sms/test": "notifier",
    "/api/email/test": "notifier",
    "/api/admin/notifier/dlq": "notifier",
    "/health": "monitor",
    "/login": "monitor",
    "/status": "monitor",
    "/api/health": "monitor",
    "/api/auth/refresh": "monitor",
    "/api/monitoring/sms": "monitor",
    "/api/alerts": "monitor",
    "/api/alerts/7/ack": "monitor",
    "/api/stream": "monitor",
    "/api/metrics": "monitor",
    "/api/admin/monitor/dlq": "monitor",
    "/internal/holds": None,
    "/internal": None,
    "/livez": None,
    "/readyz": None,
}


@pytest.mark.parametrize(("path", "service"), PROMISED.items())
def test_a_path_belongs_to_one_service(path: str, service: str | None) -> None:
    assert ROUTES.service(path) == service


def test_every_entry_of_the_table_is_reached(tmp_path: Path) -> None:
    for entry, service in ROUTES.paths.items():
        assert ROUTES.service(entry.replace("*", "anything")) == service


def test_the_configuration_names_each_services_port(tmp_path: Path) -> None:
    layout = Layout(state=tmp_path, ports=Ports(9000))
    text = caddyfile(layout, trusted_proxies="")
    assert all(f"import service {layout.ports.service(name)}" in text for name in SERVICES)
    assert "$" not in text


def test_nobodys_word_on_addresses_counts_unless_listed() -> None:
    assert trusted("") == ""
    assert trusted("10.0.0.0/8, 192.0.2.7").startswith("trusted_proxies static 10.0.0.0/8 192.0.2.7/32")


def test_a_path_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "routes.toml"
    table.write_text('default = "checkout"\nclosed = []\n[services]\ncheckout = ["/a"]\nmonitor = ["/a"]\n')
    with pytest.raises(StackError, match="twice"):
        Routes.load(table)
