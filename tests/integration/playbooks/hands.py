"""What people do elsewhere while a playbook is rehearsed: buyers, and whoever keeps the accounts and settings."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from stack import environment
from tests.fixtures.hands import ask, control
from tests.fixtures.stack import WholeStack

CITY = "thread-playbooks"
PASS = "ten-classes"
CARD, DECLINED = "4242424242424242", "4000000000000002"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a buyer knows of an order."""

    id: str
    token: str
    session: str


def buy(
    stack: WholeStack, email: str, *, city: str = CITY, tier: str = "GA", address: str | None = None
) -> tuple[int, Any]:
    """Status and answer of the try to come to a payment page, as the gateway would tell it from another address."""
    customer = {"firstName": "Jordan", "lastName": "Ellis", "email": email, "businessType": "barber"}
    wish = {"ticketType": tier, "quantity": 1, "isSixFBMember": False, "customerData": customer, "cityId": city}
    door = stack.service_url("checkout") if address else stack.gateway_url
    headers = {"X-Forwarded-For": address} if address else {}
    return ask(f"{door}/api/create-checkout-session", "POST", wish, headers=headers)


def place(stack: WholeStack, email: str, *, city: str = CITY, tier: str = "GA", address: str | None = None) -> Order:
    """An order whose payment page is open."""
    status, made = buy(stack, email, city=city, tier=tier, address=address)
    assert status == 200, made
    return Order(id=made["orderId"], token=made["orderToken"], session=made["sessionId"])


def pay(stack: WholeStack, session: str) -> str:
    """Pays on a payment page; the id of Stripe's charge."""
    return str(control(stack, "POST", f"stripe/sessions/{session}/pay", {"card": CARD})["charge"])


def bought(stack: WholeStack, email: str, *, city: str = CITY, tier: str = "GA") -> Order:
    """An order that is paid at Stripe."""
    order = place(stack, email, city=city, tier=tier)
    pay(stack, order.session)
    return order


def order_of(stack: WholeStack, order: Order) -> Any:
    """The order as its buyer sees it."""
    status, found = ask(f"{stack.gateway_url}/api/orders/{order.id}?token={order.token}")
    assert status == 200, found
    return found


def mailed(stack: WholeStack, email: str) -> str:
    """What has been mailed to an address."""
    found = control(stack, "GET", f"messages?{urlencode({'channel': 'email', 'to': email})}")
    return "\n".join(mail["text"] for mail in found["data"])


def stripe(stack: WholeStack, method: str, path: str, form: Mapping[str, str] | None = None) -> Any:
    """A call of Stripe's API with the account's own key."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{stack.sandbox_url}/stripe/v1/{path}",
        method=method,
        data=urlencode(form).encode() if form else None,
        headers={"authorization": f"Bearer {stack.value('STRIPE_SECRET_KEY')}"},
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
        return json.load(answer)


def another_page(stack: WholeStack, order: Order, *, cents: int) -> str:
    """A second payment page for an order, such as one that an earlier system made; its session."""
    return _page(stack, "Seat", cents, {"cityId": CITY, "ticketType": "GA", "quantity": "1", "orderId": order.id})


def early_page(stack: WholeStack, name: str, *, cents: int) -> str:
    """A payment page that no order of ours has; its session."""
    return _page(stack, name, cents, {})


def _page(stack: WholeStack, name: str, cents: int, metadata: Mapping[str, str]) -> str:
    form = {
        "mode": "payment",
        "success_url": f"{stack.gateway_url}/success",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": str(cents),
        "line_items[0][price_data][product_data][name]": name,
        **{f"metadata[{name}]": value for name, value in metadata.items()},
        **{f"payment_intent_data[metadata][{name}]": value for name, value in metadata.items()},
    }
    return str(stripe(stack, "POST", "checkout/sessions", form)["id"])


def enable_webhooks(stack: WholeStack, *, enabled: bool) -> None:
    """The switch of each endpoint in Stripe's dashboard."""
    for endpoint in stripe(stack, "GET", "webhook_endpoints")["data"]:
        form = {"disabled": "false" if enabled else "true"}
        stripe(stack, "POST", f"webhook_endpoints/{endpoint['id']}", form)


def send_again(stack: WholeStack, order: Order) -> None:
    """The button of Stripe's dashboard, for the event that an order's session was paid."""
    for event in stripe(stack, "GET", "events?type=checkout.session.completed&limit=100")["data"]:
        if event["data"]["object"]["id"] == order.session:
            control(stack, "POST", f"stripe/events/{event['id']}/resend")


@contextmanager
def set_wrongly(stack: WholeStack, part: str, **values: str) -> Iterator[None]:
    """A part is started with what the file says wrongly; at the end the file is right again.

    The part is not started again by this: that is what the playbook is for.
    """
    file = stack.layout.env_file
    before = environment.read(file)
    environment.write(file, {**before, **values})
    try:
        stack.stop(part)
        stack.start(part)
        yield
    except BaseException:
        environment.write(file, before)
        stack.stop(part)
        raise
    environment.write(file, before)
