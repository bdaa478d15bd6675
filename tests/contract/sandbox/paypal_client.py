"""PayPal's own SDK, pointed at a sandbox, and a seller with an app of their own."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from paypalserversdk.configuration import Configuration, Environment, Server
from paypalserversdk.exceptions.error_exception import ErrorException
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

from tests.contract.sandbox.support import Running

HOUR = 3600.0


def paypal_client(url: str, client_id: str, secret: str) -> PaypalServersdkClient:
    """The SDK knows PayPal's two addresses only: a configuration of our own names the sandbox's."""

    class Sandboxed(Configuration):  # type: ignore[misc]  # the SDK has no types
        environments = {Environment.SANDBOX: {Server.DEFAULT: f"{url}/paypal"}}  # noqa: RUF012 as the base has it

    credentials = ClientCredentialsAuthCredentials(o_auth_client_id=client_id, o_auth_client_secret=secret)
    return PaypalServersdkClient(config=Sandboxed(client_credentials_auth_credentials=credentials))


def order_body(**unit: Any) -> dict[str, Any]:
    """An order of $49.90 that a buyer is to approve."""
    return {
        "intent": "CAPTURE",
        "purchase_units": [{"amount": {"currency_code": "USD", "value": "49.90"}, "custom_id": "key-1"} | unit],
        "application_context": {
            "return_url": "https://tickets.example.com/back",
            "cancel_url": "https://tickets.example.com/cancel",
            "user_action": "PAY_NOW",
        },
    }


class Seller:
    """A seller with an app of their own: the SDK with its credentials, and plain calls with its token."""

    def __init__(self, sandbox: Running, client_id: str, secret: str, merchant: str = "") -> None:
        self.sandbox, self.client_id, self.secret, self.merchant = sandbox, client_id, secret, merchant
        self.sdk = paypal_client(sandbox.url, client_id, secret)
        self._token = self.tokens(grant_type="client_credentials")["access_token"]

    def tokens(self, *, path: str = "", status: int = 200, **form: str) -> Any:
        url, auth = f"{self.sandbox.url}/paypal/v1/oauth2/token{path}", (self.client_id, self.secret)
        answer = self.sandbox.http.post(url, data=form, auth=auth)
        assert answer.status_code == status, answer.text
        return answer.json()

    def call(
        self, method: str, path: str, body: Any = None, *, status: int = 200, token: str = "", **headers: str
    ) -> Any:
        all_headers = {"Authorization": f"Bearer {token or self._token}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        answer = self.sandbox.http.request(method, f"{self.sandbox.url}/paypal/{path}", json=body, headers=all_headers)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def order(self, key: str = "", **unit: Any) -> Any:
        return self.sdk.orders.create_order({"body": order_body(**unit), "paypal_request_id": key or None}).body

    def approved(self, outcome: str = "paid", **unit: Any) -> Any:
        order = self.order(**unit)
        self.sandbox.control("POST", f"paypal/orders/{order.id}/approve", {"outcome": outcome})
        return order

    def captured(self, order: Any, **more: Any) -> Any:
        return self.sdk.orders.capture_order({"id": order.id, **more}).body.purchase_units[0].payments.captures[0]

    def paid(self, **unit: Any) -> Any:
        return self.captured(self.approved(**unit))

    def refused(self, call: Any, options: Any) -> tuple[int, str]:
        with pytest.raises(ErrorException) as refused:
            call(options)
        return refused.value.response_code, refused.value.details[0].issue

    def found(self, **query: Any) -> Any:
        now = dt.datetime.now(dt.UTC)
        dates = {"start_date": iso(now - dt.timedelta(days=30)), "end_date": iso(now + dt.timedelta(minutes=1))}
        return self.sdk.transaction_search.search_transactions(dates | query).body

    def subscribed(self, path: str, *types: str) -> Any:
        body = {
            "url": f"{self.sandbox.receiver.url}{path}",
            "event_types": [{"name": name} for name in types or ("*",)],
        }
        return self.call("POST", "v1/notifications/webhooks", body, status=201)


def iso(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
