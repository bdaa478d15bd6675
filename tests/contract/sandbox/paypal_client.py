"""PayPal's own SDK, pointed at a sandbox."""

from __future__ import annotations

from typing import Any

from paypalserversdk.configuration import Configuration, Environment, Server
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient


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
