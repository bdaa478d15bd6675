"""A sandbox under uvicorn and a receiver of its webhooks, both on loopback ports of their own."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import requests
import stripe
import uvicorn
from pagerduty import EventsApiV2Client
from sendgrid import SendGridAPIClient
from slack_sdk import WebClient, WebhookClient
from twilio.rest import Client as TwilioClient

from sandbox.app import create
from tests.contract.sandbox import process
from tests.fixtures.forked import Forked, forked
from tests.fixtures.ports import free_port

STRIPE_KEY = "sk_test_contract"
STRIPE_SECRET = "whsec_contract"
TWILIO_SID = "AC" + "0" * 32
TWILIO_TOKEN = "contract-token"
OUR_NUMBER = "+13525550100"
SENDGRID_KEY = "SG.contract"
SLACK_TOKEN = "xoxb-contract"
SLACK_SECRET = "slack-contract"
SLACK_HOOK = "/services/TSANDBOX00/BSANDBOX00/contract"
PAGERDUTY_KEY = "contract000000000000000000000000"
PAGERDUTY_SECRET = "pagerduty-contract"
SQUARE_APPLICATION = "sandbox-sq0idb-contract"
STRIPE_CLIENT_ID = "ca_contract"
PAYPAL_CLIENT_ID = "contract-paypal"
PAYPAL_SECRET = "contract-paypal-secret"
SQUARE_SECRET = "sandbox-sq0csb-contract"
SQUARE_TOKEN = "EAAAcontract"
_PATIENCE = 10.0


@dataclass(slots=True)
class Hook:
    """One webhook as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(slots=True)
class Receiver:
    """Keeps every webhook; `answers` are the statuses of the next ones (200 after them), `body` what it says."""

    url: str
    hooks: list[Hook] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    body: bytes = b""

    def wait(self, count: int = 1, *, where: Callable[[Hook], bool] = lambda _: True) -> list[Hook]:
        """The first `count` that fit, once they are here."""
        found: list[Hook] = []
        ends = time.monotonic() + _PATIENCE
        while len(found) < count and time.monotonic() < ends:
            found = [hook for hook in list(self.hooks) if where(hook)]
            if len(found) < count:
                time.sleep(0.005)
        assert len(found) >= count, f"{len(found)} of {count} webhooks came: {[hook.path for hook in self.hooks]}"
        return found[:count]

    def wait_for_stripe(self, kind: str, count: int = 1) -> list[Hook]:
        return self.wait(count, where=lambda hook: hook.path.endswith("/stripe") and hook.json()["type"] == kind)


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver(url="")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.hooks.append(Hook(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
            self.send_header("Content-Length", str(len(receiver.body)))
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class names it)
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(slots=True)
class Running:
    """A running sandbox: its address, its control API, and the vendors' SDKs pointed at it."""

    url: str
    receiver: Receiver
    stripe: stripe.StripeClient
    twilio: TwilioClient
    sendgrid: SendGridAPIClient
    slack: WebClient
    slack_hook: WebhookClient
    pagerduty: EventsApiV2Client
    http: requests.Session

    def control(self, method: str, path: str, body: dict[str, Any] | None = None, *, status: int = 0) -> Any:
        """Calls the control API; `status` is the one expected (any 2xx without)."""
        answer = self.http.request(method, f"{self.url}/_sandbox/{path}", json=body)
        assert answer.status_code == status if status else answer.ok, f"{answer.status_code} {answer.text}"
        return answer.json()

    def fault(self, **fault: Any) -> None:
        self.control("POST", "faults", fault, status=201)

    def advance(self, seconds: float) -> None:
        self.control("POST", "clock/advance", {"seconds": seconds})

    def pay(self, session: str, card: str, **more: object) -> Any:
        return self.control("POST", f"stripe/sessions/{session}/pay", {"card": card, **more})

    def new_session(self, **changes: Any) -> Any:
        """An open session for two seats at $958.40."""
        return self.stripe.v1.checkout.sessions.create(session_params(**changes))

    def messages(self, **query: str) -> list[dict[str, Any]]:
        answer = self.http.get(f"{self.url}/_sandbox/messages", params=query)
        found: list[dict[str, Any]] = answer.json()["data"]
        return found


def session_params(**changes: Any) -> Any:
    """What checkout asks Stripe for (C-1)."""
    return {
        "mode": "payment",
        "success_url": "https://tickets.example.com/success?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://tickets.example.com/cancel",
        "expires_at": int(time.time()) + 35 * 60,
        "customer_email": "jordan.ellis@example.com",
        "client_reference_id": "order-1",
        "metadata": {"cityId": "dallas-jan-2026", "ticketType": "GA", "quantity": "2", "orderId": "order-1"},
        "payment_intent_data": {"metadata": {"orderId": "order-1"}},
        "line_items": [
            {
                "quantity": 2,
                "price_data": {"currency": "usd", "unit_amount": 47_920, "product_data": {"name": "Dallas, GA"}},
            }
        ],
    } | changes


def environment(receiver: Receiver, **more: str) -> dict[str, str]:
    return {
        "FULLHOUSE_MODE": "sandbox",
        "SANDBOX_URL": "http://127.0.0.1:8090",
        "PUBLIC_URL": receiver.url,
        "STRIPE_SECRET_KEY": STRIPE_KEY,
        "STRIPE_CLIENT_ID": STRIPE_CLIENT_ID,
        "STRIPE_WEBHOOK_SECRET": f"{STRIPE_SECRET},whsec_older",
        "TWILIO_ACCOUNT_SID": TWILIO_SID,
        "TWILIO_AUTH_TOKEN": TWILIO_TOKEN,
        "TWILIO_PHONE_NUMBER": OUR_NUMBER,
        "SENDGRID_API_KEY": SENDGRID_KEY,
        "SENDGRID_FROM_EMAIL": "tickets@example.com",
        "SLACK_WEBHOOK_URL": f"https://hooks.slack.com{SLACK_HOOK}",
        "SLACK_BOT_TOKEN": SLACK_TOKEN,
        "SLACK_SIGNING_SECRET": SLACK_SECRET,
        "PAGERDUTY_ROUTING_KEY": PAGERDUTY_KEY,
        "PAGERDUTY_WEBHOOK_SECRET": PAGERDUTY_SECRET,
        "PAYPAL_CLIENT_ID": PAYPAL_CLIENT_ID,
        "PAYPAL_CLIENT_SECRET": PAYPAL_SECRET,
        "SQUARE_APPLICATION_ID": SQUARE_APPLICATION,
        "SQUARE_APPLICATION_SECRET": SQUARE_SECRET,
        "SQUARE_ACCESS_TOKEN": SQUARE_TOKEN,
    } | more


@contextmanager
def killable(receiver: Receiver, state: Path, **more: str) -> Iterator[tuple[Running, Forked]]:
    """A sandbox in a process of its own; what it knows is in a file."""
    port = free_port()
    given = environment(receiver, SANDBOX_STATE_FILE=str(state), **more)
    with forked(process.run, port, environ=given) as child, requests.Session() as http:
        running = _running(f"http://127.0.0.1:{port}", receiver, http)
        try:
            _wait_for(running)
            yield running, child
        finally:
            running.pagerduty.close()


def _wait_for(running: Running) -> object:
    ends = time.monotonic() + 30
    while True:
        with contextlib.suppress(requests.ConnectionError):
            return running.control("GET", "state")
        assert time.monotonic() < ends, "the sandbox did not start"
        time.sleep(0.05)


@contextmanager
def serving(receiver: Receiver, **more: str) -> Iterator[Running]:
    app = create(environment(receiver, **more))
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=2)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    ends = time.monotonic() + _PATIENCE
    while not server.started and time.monotonic() < ends:
        time.sleep(0.005)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    with requests.Session() as http:
        running = _running(url, receiver, http)
        try:
            yield running
        finally:
            running.pagerduty.close()
            server.should_exit = True
            thread.join()


def _running(url: str, receiver: Receiver, http: requests.Session) -> Running:
    client = stripe.StripeClient(STRIPE_KEY, base_addresses={"api": f"{url}/stripe"}, max_network_retries=0)
    twilio = TwilioClient(TWILIO_SID, TWILIO_TOKEN)
    twilio.api.base_url = f"{url}/twilio"
    sendgrid = SendGridAPIClient(SENDGRID_KEY, host=f"{url}/sendgrid")
    pagerduty = pagerduty_client(PAGERDUTY_KEY, url)
    return Running(
        url=url, receiver=receiver, stripe=client, twilio=twilio, sendgrid=sendgrid, http=http, pagerduty=pagerduty,
        slack=WebClient(SLACK_TOKEN, base_url=f"{url}/slack/api/"),
        slack_hook=WebhookClient(f"{url}/slack{SLACK_HOOK}"),
    )  # fmt: skip


def pagerduty_client(key: str, url: str) -> EventsApiV2Client:
    """The SDK sets out with https addresses only, which the sandbox has none of here, and never gives up by itself."""
    client = EventsApiV2Client(key)
    client._url = f"{url}/pagerduty"
    client.retry = {}
    client.max_network_attempts = 0
    return client
