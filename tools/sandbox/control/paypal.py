"""What buyers, sellers and banks do at PayPal, by page or control API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from chassis.money import Money, is_currency
from sandbox.control.problems import ProblemError, body_of, flag, invalid, text, whole, won_of
from sandbox.core.http import Record, Request, Response, json_response
from sandbox.paypal import captures, disputes, orders
from sandbox.paypal.account import PaypalAccount
from sandbox.paypal.errors import PaypalRefusedError
from sandbox.paypal.forms import CURRENCIES, money
from sandbox.paypal.orders import Choice

_Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


class PaypalDesk:
    """Its methods raise ProblemError."""

    def __init__(self, account: PaypalAccount) -> None:
        self.account = account

    def routes(self) -> tuple[tuple[str, str, _Handler], ...]:
        """Of the control API, below `/_sandbox`."""
        return (
            ("POST", "paypal/apps", self._open_app),
            ("POST", "paypal/payments", self._pay_elsewhere),
            ("POST", "paypal/orders/{id}/approve", self._approve),
            ("POST", "paypal/captures/{id}/refund", self._refund),
            ("POST", "paypal/captures/{id}/reverse", self._reverse),
            ("POST", "paypal/refunds/{id}/fail", self._fail_refund),
            ("POST", "paypal/captures/{id}/dispute", self._dispute),
            ("POST", "paypal/disputes/{id}/close", self._close_dispute),
        )

    def order(self, order_id: str) -> Record:
        order = orders.find(self.account, order_id)
        if order is None:
            raise ProblemError(404, "unknown_order", f"The sandbox has no PayPal order {order_id}.")
        return order

    def approve(self, order: Record, choice: str) -> None:
        if choice not in list(Choice):
            raise invalid("outcome", f"outcome must be one of {', '.join(Choice)}.")
        if not orders.approve(self.account, order, Choice(choice)):
            raise ProblemError(409, "order_not_open", f"This order is {order['status']}; it can't be approved.")

    async def _open_app(self, request: Request) -> Response:
        body = body_of(request)
        name, email = text(body, "name", otherwise="Sam's studio"), text(body, "email", otherwise="seller@example.com")
        app = self.account.open_app(name, email, _currency(body))
        made = {"clientId": app.client_id, "clientSecret": app.secret, "merchantId": app.merchant}
        return json_response(made, status=201)

    async def _pay_elsewhere(self, request: Request) -> Response:
        """`clientId`: the app that it comes through, which hears of it; without one nobody does. `at`: when it was."""
        body = body_of(request)
        amount = _amount(body)
        merchant = text(body, "merchantId", otherwise=self.account.platform)
        if merchant not in self.account.state.merchants:
            raise ProblemError(404, "unknown_merchant", f"The sandbox has no seller {merchant} at PayPal.")
        app = body.get("clientId") and text(body, "clientId")
        capture = captures.take(self.account, amount, app=app or "", merchant=merchant, at=_moment(body))
        return json_response({"id": capture["id"], "status": capture["status"], "merchantId": merchant}, status=201)

    async def _approve(self, request: Request) -> Response:
        order = self.order(request.path_params["id"])
        self.approve(order, text(body_of(request), "outcome", otherwise=Choice.PAID.value))
        return json_response({"id": order["id"], "status": order["status"]})

    async def _refund(self, request: Request) -> Response:
        capture, amount = self._capture(request), whole(body_of(request), "amount", least=1)
        currency = capture["amount"]["currency_code"]
        wanted = {} if amount is None else {"amount": _money(amount, currency)}
        return self._gave_back(lambda: captures.refund(self.account, capture, wanted))

    async def _reverse(self, request: Request) -> Response:
        capture = self._capture(request)
        return self._gave_back(lambda: captures.reverse(self.account, capture))

    async def _fail_refund(self, request: Request) -> Response:
        refund = self.account.state.refunds.get(request.path_params["id"])
        if refund is None:
            raise ProblemError(404, "unknown_refund", "The sandbox has no PayPal refund of that id.")
        try:
            captures.fail(self.account, refund)
        except PaypalRefusedError as refusal:
            raise ProblemError(409, "refund_failed", f"{refusal.issue}: {refusal}") from refusal
        return json_response({"id": refund["id"], "status": refund["status"]})

    async def _dispute(self, request: Request) -> Response:
        """`inquiry`: the buyer only asks, and no money is taken."""
        body, capture = body_of(request), self._capture(request)
        amount, currency = whole(body, "amount", least=1), capture["amount"]["currency_code"]
        given = None if amount is None else Money(amount, currency).major()
        try:
            dispute = disputes.open_dispute(self.account, capture, amount=given, inquiry=flag(body, "inquiry"))
        except PaypalRefusedError as refusal:
            raise ProblemError(409, "not_disputable", f"{refusal.issue}: {refusal}") from refusal
        return json_response({"id": dispute["dispute_id"], "status": dispute["status"]}, status=201)

    async def _close_dispute(self, request: Request) -> Response:
        won, dispute = won_of(body_of(request)), self.account.state.disputes.get(request.path_params["id"])
        if dispute is None:
            raise ProblemError(404, "unknown_dispute", "The sandbox has no PayPal dispute of that id.")
        try:
            disputes.close(self.account, dispute, won=won)
        except PaypalRefusedError as refusal:
            raise ProblemError(409, "dispute_closed", f"{refusal.issue}: {refusal}") from refusal
        return json_response({"id": dispute["dispute_id"], "status": dispute["status"]})

    def _gave_back(self, give: Callable[[], Record]) -> Response:
        try:
            refund = give()
        except PaypalRefusedError as refusal:
            raise ProblemError(409, "not_refundable", f"{refusal.issue}: {refusal}") from refusal
        return json_response({"id": refund["id"], "amount": refund["amount"]["value"]}, status=201)

    def _capture(self, request: Request) -> Record:
        capture_id = request.path_params["id"]
        capture: Record | None = self.account.state.captures.get(capture_id)
        if capture is None:
            raise ProblemError(404, "unknown_capture", f"The sandbox has no capture {capture_id}.")
        return capture


def _amount(body: Record) -> Record:
    amount = whole(body, "amount", least=1)
    if amount is None:
        raise invalid("amount", "amount must be given, in minor units.")
    return _money(amount, _currency(body))


def _currency(body: Record) -> str:
    currency = text(body, "currency", otherwise="USD").upper()
    if currency not in CURRENCIES or not is_currency(currency):
        raise invalid("currency", f"currency must be one of PayPal's: {', '.join(sorted(CURRENCIES))}.")
    return currency


def _moment(body: Record) -> float | None:
    """Seconds since the epoch, of a time such as 2026-01-10T20:14:00Z; None where there is none."""
    if body.get("at") is None:
        return None
    try:
        return dt.datetime.fromisoformat(text(body, "at")).timestamp()
    except ValueError as error:
        raise invalid("at", "at must be a time such as 2026-01-10T20:14:00Z.") from error


def _money(amount: int, currency: str) -> Record:
    return money(Money(amount, currency).major(), currency)
