"""Providers and their connections, made while a playbook is rehearsed."""

from __future__ import annotations

from typing import Any

from tests.fixtures.hands import ask, control
from tests.fixtures.stack import WholeStack
from tests.integration.playbooks.rehearsal import until

CONNECTIONS = "/api/v1/external-payments/connections"
SQUARE_REFUSES = {
    "vendor": "square",
    "kind": "error",
    "operation": "locations.list",
    "status": 401,
    "code": "UNAUTHORIZED",
}


def settled(stack: WholeStack, provider: int, settings: dict[str, Any]) -> None:
    """A provider that has these settings."""
    known = {"name": f"Studio {provider}", "email": f"studio{provider}@example.com"}
    assert ask(f"{stack.gateway_url}/api/admin/providers/{provider}", "PUT", known, token=stack.token())[0] == 200
    path = f"{stack.gateway_url}/api/v1/hybrid-payments/settings/{provider}"
    assert ask(path, "PATCH", settings, token=stack.token())[0] == 200


def connected(stack: WholeStack, provider: int, access_token: str) -> Any:
    """The provider's new connection to Square."""
    wish = {"provider": provider, "processor": "square", "credentials": {"access_token": access_token}}
    status, made = ask(f"{stack.gateway_url}{CONNECTIONS}", "POST", wish, token=stack.token())
    assert status == 200, made
    return made


def kept_settings(stack: WholeStack) -> dict[int, Any]:
    """Those of each provider."""
    found = ask(f"{stack.gateway_url}/api/admin/providers?limit=500", token=stack.token())[1]["data"]
    return {each["provider"]: each["settings"] for each in found}


def appointment_paid(stack: WholeStack, provider: int) -> int:
    """An appointment of 80.00 that its customer has paid at Square."""
    appointments, token = f"{stack.gateway_url}/api/v1/appointments", stack.token()
    wish = {
        "provider": provider,
        "customer_email": "kim@example.com",
        "price": "80.00",
        "starts": "2027-06-01T15:00:00Z",
    }
    number: int = ask(appointments, "POST", wish, token=token)[1]["id"]
    page = ask(f"{appointments}/{number}/pay", "POST", {}, token=token)[1]["url"]
    control(stack, "POST", f"square/links/{page.rpartition('/')[2]}/pay", {})
    until(lambda: str(ask(f"{appointments}/{number}", token=token)[1]["state"]), "paid")
    return number
