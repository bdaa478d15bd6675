"""The way in to the stand-in for Square: `/square/v2` and `/square/oauth2`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from sandbox.core.http import Record, Request, Response, json_response
from sandbox.core.routing import Router
from sandbox.square import links
from sandbox.square.disputes import SquareDisputes
from sandbox.square.errors import SquareFaultAnswers, SquareRefusedError
from sandbox.square.idempotency import answer_of, once
from sandbox.square.links import SquareLinks
from sandbox.square.lists import page_of
from sandbox.square.oauth import COMMISSION, SquareOAuth
from sandbox.square.params import (
    CANCEL_BY_KEY,
    CREATE_LINK,
    CREATE_PAYMENT,
    CREATE_REFUND,
    LIST_DISPUTES,
    LIST_PAYMENTS,
    LIST_REFUNDS,
    body_of,
    query_of,
)
from sandbox.square.payments import NONCES, SquarePayments, Wanted, amount_of, commission_of
from sandbox.square.refunds import SquareRefunds
from sandbox.square.state import Caller, SquareState
from sandbox.square.subscriptions import SquareSubscriptions
from sandbox.square.webhooks import OPERATIONS, SquareWebhooks
from sandbox.world import World

_FAULT_ANSWERS = SquareFaultAnswers()
_READ, _WRITE, _ORDERS = "PAYMENTS_READ", "PAYMENTS_WRITE", "ORDERS_READ"
_Call: TypeAlias = Callable[[Caller, Request], Awaitable[Response]]


class SquareApi:
    """Answers everything below `/square`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.state = SquareState(world)
        webhooks = SquareWebhooks(self.state)
        self.oauth = SquareOAuth(self.state, webhooks)
        self.payments = SquarePayments(self.state, webhooks)
        self.refunds = SquareRefunds(self.state, self.payments, webhooks)
        self.disputes = SquareDisputes(self.state, webhooks)
        self.links = SquareLinks(self.state, self.payments)
        subscriptions = SquareSubscriptions(self.state, self.oauth, webhooks)
        self._router = Router()
        for method, path, operation, handler in (
            ("GET", "oauth2/authorize", "oauth.authorize", self.oauth.authorize),
            ("POST", "oauth2/token", "oauth.obtain_token", self.oauth.obtain),
            ("POST", "oauth2/token/status", "oauth.token_status", self.oauth.status),
            ("POST", "oauth2/revoke", "oauth.revoke_token", self.oauth.revoke),
            ("GET", "v2/webhooks/subscriptions", "subscriptions.list", subscriptions.list),
            ("POST", "v2/webhooks/subscriptions", "subscriptions.create", subscriptions.create),
            ("GET", "v2/webhooks/subscriptions/{id}", "subscriptions.get", subscriptions.retrieve),
            ("PUT", "v2/webhooks/subscriptions/{id}", "subscriptions.update", subscriptions.update),
            ("DELETE", "v2/webhooks/subscriptions/{id}", "subscriptions.delete", subscriptions.delete),
            ("POST", "v2/webhooks/subscriptions/{id}/test", "subscriptions.test", subscriptions.test),
        ):
            self._router.add(method, f"/square/{path}", handler, operation=operation)
        self._add_calls()

    def _add_calls(self) -> None:
        """Those that a seller's permission is needed for."""
        for method, path, operation, call, scopes in (
            ("GET", "locations", "locations.list", self._locations, ("MERCHANT_PROFILE_READ",)),
            ("GET", "merchants/{id}", "merchants.get", self._merchant, ("MERCHANT_PROFILE_READ",)),
            ("POST", "online-checkout/payment-links", "payment_links.create", self._create_link,
             ("ORDERS_READ", "ORDERS_WRITE", _WRITE)),
            ("GET", "online-checkout/payment-links/{id}", "payment_links.get", self._link, (_ORDERS,)),
            ("DELETE", "online-checkout/payment-links/{id}", "payment_links.delete", self._delete_link,
             ("ORDERS_READ", "ORDERS_WRITE")),
            ("GET", "orders/{id}", "orders.get", self._order, (_ORDERS,)),
            ("POST", "payments", "payments.create", self._create_payment, (_WRITE,)),
            ("GET", "payments", "payments.list", self._payments, (_READ,)),
            ("POST", "payments/cancel", "payments.cancel_by_idempotency_key", self._cancel_by_key, (_WRITE,)),
            ("GET", "payments/{id}", "payments.get", self._payment, (_READ,)),
            ("POST", "payments/{id}/cancel", "payments.cancel", self._cancel, (_WRITE,)),
            ("POST", "payments/{id}/complete", "payments.complete", self._complete, (_WRITE,)),
            ("POST", "refunds", "refunds.create", self._create_refund, (_WRITE,)),
            ("GET", "refunds", "refunds.list", self._refunds, (_READ,)),
            ("GET", "refunds/{id}", "refunds.get", self._refund, (_READ,)),
            ("GET", "disputes", "disputes.list", self._disputed, (_READ,)),
            ("GET", "disputes/{id}", "disputes.get", self._dispute, (_READ,)),
        ):  # fmt: skip
            self._router.add(method, f"/square/v2/{path}", self._permitted(call, scopes), operation=operation)

    def _permitted(self, call: _Call, scopes: tuple[str, ...]) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            return await call(self.oauth.caller(request, *scopes), request)

        return handle

    def operations(self) -> list[str]:
        return [*self._router.operations(), *OPERATIONS]

    async def handle(self, request: Request) -> Response:
        route = self._router.find(request)
        if route is None:
            return SquareRefusedError(404, "NOT_FOUND", "API endpoint for URL path is not found.").response()

        async def work() -> Response:
            try:
                return await route.handler(request)
            except SquareRefusedError as refusal:
                return refusal.response()

        return await self._world.gate.call("square", route.operation, work, _FAULT_ANSWERS)

    async def _locations(self, caller: Caller, _: Request) -> Response:
        seller = caller.seller
        location = {
            "id": seller.location_id, "name": seller.name, "business_name": seller.name, "merchant_id": seller.id,
            "country": seller.country, "currency": seller.currency, "status": "ACTIVE", "type": "PHYSICAL",
            "capabilities": ["CREDIT_CARD_PROCESSING"], "language_code": "en-US", "timezone": "Etc/UTC",
            "created_at": "2026-01-05T09:00:00Z",
        }  # fmt: skip
        return json_response({"locations": [location]})

    async def _merchant(self, caller: Caller, request: Request) -> Response:
        seller = caller.seller
        if request.path_params["id"] not in ("me", seller.id):
            raise SquareRefusedError.missing("merchant", request.path_params["id"])
        merchant = {
            "id": seller.id, "business_name": seller.name, "country": seller.country, "currency": seller.currency,
            "status": "ACTIVE", "main_location_id": seller.location_id, "language_code": "en-US",
            "created_at": "2026-01-05T09:00:00Z",
        }  # fmt: skip
        return json_response({"merchant": merchant})

    async def _create_link(self, caller: Caller, request: Request) -> Response:
        body = body_of(request, CREATE_LINK)
        if (body.get("checkout_options") or {}).get("app_fee_money"):
            self._may_take_commission(caller)

        async def work() -> Response:
            answer = self.links.create(caller, body)
            return json_response(answer | {"payment_link": links.shown(answer["payment_link"])})

        return await once(self.state, caller, "payment_links.create", body, work)

    def _may_take_commission(self, caller: Caller) -> None:
        """Only for somebody else: an application has no share in what its own seller takes."""
        if COMMISSION not in caller.scopes:
            raise SquareRefusedError.of("INSUFFICIENT_SCOPES")

    async def _link(self, caller: Caller, request: Request) -> Response:
        found = self.state.find(self.state.links, "payment link", request.path_params["id"], caller.seller)
        return json_response({"payment_link": links.shown(found)})

    async def _delete_link(self, caller: Caller, request: Request) -> Response:
        found = self.state.find(self.state.links, "payment link", request.path_params["id"], caller.seller)
        return json_response(self.links.delete(found))

    async def _order(self, caller: Caller, request: Request) -> Response:
        return json_response(
            {"order": self.state.find(self.state.orders, "order", request.path_params["id"], caller.seller)}
        )

    async def _create_payment(self, caller: Caller, request: Request) -> Response:
        body = body_of(request, CREATE_PAYMENT)
        if body.get("app_fee_money"):
            self._may_take_commission(caller)

        async def work() -> Response:
            return self._charge(caller, body)

        return await once(self.state, caller, "payments.create", body, work)

    def _charge(self, caller: Caller, body: Record) -> Response:
        seller, amount = caller.seller, amount_of(body.get("amount_money"), caller.seller, "amount_money")
        if body["source_id"] not in NONCES:
            raise SquareRefusedError(404, "NOT_FOUND", "Card nonce not found", field="source_id")
        decline = NONCES[body["source_id"]]
        wanted = Wanted(
            amount=amount, currency=seller.currency,
            commission=commission_of(body.get("app_fee_money"), seller, amount),
            note=body.get("note") or "", order_id=body.get("order_id") or "", decline=decline,
            reference_id=body.get("reference_id") or "", email=body.get("buyer_email_address") or "",
            autocomplete=body.get("autocomplete") is not False,
        )  # fmt: skip
        payment = self.payments.take(seller, wanted)
        if decline is not None:
            return SquareRefusedError.of(decline).response()
        return json_response({"payment": payment})

    async def _payments(self, caller: Caller, request: Request) -> Response:
        query = query_of(request, LIST_PAYMENTS)
        return self._listed(caller, self.state.payments, "payments", query, lambda _: True)

    async def _refunds(self, caller: Caller, request: Request) -> Response:
        query = query_of(request, LIST_REFUNDS)
        status = query.get("status")
        return self._listed(caller, self.state.refunds, "refunds", query, lambda row: status in (None, row["status"]))

    def _listed(
        self, caller: Caller, table: dict[str, Record], name: str, query: Record, keep: Callable[[Record], bool]
    ) -> Response:
        location = query.get("location_id") or caller.seller.location_id
        own = location == caller.seller.location_id
        page, cursor = page_of(
            table.values(),
            query,
            lambda row: own and row["location_id"] == location and keep(row),
            now=self._world.timers.wall(),
        )
        shown: Record = {name: page} if page else {}
        return json_response(shown | ({"cursor": cursor} if cursor else {}))

    async def _payment(self, caller: Caller, request: Request) -> Response:
        return json_response({"payment": self._own_payment(caller, request.path_params["id"])})

    async def _cancel(self, caller: Caller, request: Request) -> Response:
        payment = self.payments.cancel(self._own_payment(caller, request.path_params["id"]))
        return json_response({"payment": payment})

    async def _complete(self, caller: Caller, request: Request) -> Response:
        payment = self.payments.complete(self._own_payment(caller, request.path_params["id"]))
        return json_response({"payment": payment})

    async def _cancel_by_key(self, caller: Caller, request: Request) -> Response:
        """What no payment has is none that needs to be cancelled."""
        key = body_of(request, CANCEL_BY_KEY)["idempotency_key"]
        answer = answer_of(self.state, caller, "payments.create", key)
        if answer is not None and "payment" in answer:
            self.payments.cancel(self._own_payment(caller, answer["payment"]["id"]))
        return json_response({})

    async def _create_refund(self, caller: Caller, request: Request) -> Response:
        body = body_of(request, CREATE_REFUND)

        async def work() -> Response:
            payment = self._own_payment(caller, body.get("payment_id") or "")
            amount = amount_of(body["amount_money"], caller.seller, "amount_money")
            fee = body.get("app_fee_money")
            refund = self.refunds.give_back(
                caller.seller, payment, amount, body.get("reason") or "",
                commission=None if fee is None else amount_of(fee, caller.seller, "app_fee_money", least=0),
            )  # fmt: skip
            return json_response({"refund": refund})

        return await once(self.state, caller, "refunds.create", body, work)

    async def _refund(self, caller: Caller, request: Request) -> Response:
        found = self.state.find(self.state.refunds, "refund", request.path_params["id"], caller.seller)
        return json_response({"refund": found})

    async def _disputed(self, caller: Caller, request: Request) -> Response:
        page, cursor = self.disputes.page(caller.seller, query_of(request, LIST_DISPUTES))
        shown: Record = {"disputes": page} if page else {}
        return json_response(shown | ({"cursor": cursor} if cursor else {}))

    async def _dispute(self, caller: Caller, request: Request) -> Response:
        found = self.state.find(self.state.disputes, "dispute", request.path_params["id"], caller.seller)
        return json_response({"dispute": found})

    def _own_payment(self, caller: Caller, payment_id: str) -> Record:
        return self.state.find(self.state.payments, "payment", payment_id, caller.seller)
