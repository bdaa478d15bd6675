"""Somebody who buys all the time, and writes down each request that fails."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Final

from stack.layout import LOOPBACK, Ports

# At once, or in line before the processor.
_TAKEN: Final = frozenset({HTTPStatus.OK, HTTPStatus.ACCEPTED})
PAUSE_SECONDS: Final = 0.1
ANSWER_SECONDS: Final = 120
# Nobody may open so many pages: each purchase comes from an address of its own, as by a proxy that is believed.
VARIABLES: Final = {"OPEN_SEATS_PER_BUYER": "10000"}


@dataclass(slots=True)
class Buyer:
    """`opened`: how many payment pages it was given; `failed`: what was answered instead."""

    opened: int = 0
    failed: list[str] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self._ended.wait(PAUSE_SECONDS):
            try:
                status, said = begin(self.opened + len(self.failed))
            except (OSError, HTTPException) as failure:
                self.failed.append(repr(failure))
                continue
            if status in _TAKEN:
                self.opened += 1
            else:
                self.failed.append(f"{status}: {said[:300]!r}")

    def end(self) -> None:
        self._ended.set()


def begin(number: int) -> tuple[int, bytes]:
    """Status and body of one request for a payment page, without a second try."""
    body = {
        "ticketType": "GA",
        "quantity": 1,
        "isSixFBMember": False,
        "customerData": {
            "firstName": "Jordan",
            "lastName": "Ellis",
            "email": f"jordan.{number}@example.com",
            "phone": "+1 214 555 0137",
            "businessType": "barber",
        },
        "cityId": "demo",
    }
    headers = {"content-type": "application/json", "x-forwarded-for": f"198.18.{number // 250}.{number % 250 + 1}"}
    return _ask("POST", Ports().gateway, "/api/create-checkout-session", json.dumps(body), headers)


def pay(session: str, *, password: str) -> None:
    """With a card that is good, at the sandbox, whose password it is."""
    key = base64.b64encode(f"any:{password}".encode()).decode()
    headers = {"content-type": "application/json", "authorization": f"Basic {key}"}
    card = json.dumps({"card": "4242424242424242", "email": "jordan@example.com"})
    status, said = _ask("POST", Ports().sandbox, f"/_sandbox/stripe/sessions/{session}/pay", card, headers)
    assert status == HTTPStatus.OK, said


def tickets(order: str, token: str) -> int:
    """How many the order has."""
    status, said = _ask("GET", Ports().gateway, f"/api/orders/{order}?token={token}", None, {})
    return len(json.loads(said)["tickets"]) if status == HTTPStatus.OK else 0


def _ask(method: str, port: int, path: str, body: str | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
    with closing(HTTPConnection(LOOPBACK, port, timeout=ANSWER_SECONDS)) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


@contextmanager
def purchases() -> Iterator[Buyer]:
    """Steady ones, one after the other, for as long as the block lasts."""
    buyer = Buyer()
    thread = threading.Thread(target=buyer.run)
    thread.start()
    try:
        yield buyer
    finally:
        buyer.end()
        thread.join()
