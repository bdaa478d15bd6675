"""The way in to the stand-in for PayPal: tokens, request ids and faults around each call."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final, TypeAlias

from sandbox.core.http import Record, Request, Response, json_response
from sandbox.core.routing import Route, Router
from sandbox.paypal import captures, disputes, orders, reporting, subscriptions
from sandbox.paypal.account import PaypalAccount
from sandbox.paypal.errors import PaypalFaultAnswers, PaypalRefusedError, TokenRefusedError
from sandbox.paypal.events import CERTIFICATE_PATH, EVENTS
from sandbox.paypal.forms import (
    ANY,
    CAPTURE,
    ORDER,
    REFUND,
    SIMULATION,
    TEXT,
    VERIFICATION,
    WEBHOOK,
    any_json,
    check,
    read,
)
from sandbox.paypal.idempotency import RequestIds
from sandbox.paypal.oauth import DISPUTES, PAYMENTS, REPORTING, WEBHOOKS, PaypalOauth, check_scope
from sandbox.paypal.state import Grant, shown

_FAULT_ANSWERS: Final = PaypalFaultAnswers()
_Work: TypeAlias = Callable[[Grant, Request], Coroutine[Any, Any, Response]]
_CHANGE: Final = {"op!": TEXT, "path!": TEXT, "value!": ANY}


class PaypalApi:
    """Answers everything below `/paypal`."""

    def __init__(self, account: PaypalAccount) -> None:
        self._account = account
        self.oauth = PaypalOauth(account)
        self._ids = RequestIds(account.world.timers, account.world.keep)
        account.world.timers.names(settle_capture=partial(captures.settle, account))
        self._router = Router()
        self._open = {
            ("POST", "v1/oauth2/token", "oauth2.token"): self.oauth.token,
            ("POST", "v1/oauth2/token/terminate", "oauth2.terminate"): self.oauth.terminate,
            ("GET", "v1/identity/openidconnect/userinfo", "userinfo.get"): self.oauth.userinfo,
            ("GET", CERTIFICATE_PATH[1:], "certs.get"): self._certificate,
        }
        for (method, path, operation), handler in self._open.items():
            self._router.add(method, f"/paypal/{path}", handler, operation=operation)
        for method, path, operation, scope, work in self._calls():
            self._router.add(method, f"/paypal/{path}", partial(self._run, scope, work), operation=operation)

    def operations(self) -> list[str]:
        """Those of the API, and the types of event that faults of webhooks can name."""
        return [*self._router.operations(), *EVENTS]

    async def handle(self, request: Request) -> Response:
        try:
            response = await self._admitted(request)
        except (PaypalRefusedError, TokenRefusedError) as refusal:
            response = refusal.response()
        response.headers.setdefault("paypal-debug-id", self._account.world.ids.hexadecimal("f", 12))
        return response

    async def _admitted(self, request: Request) -> Response:
        route = self._router.find(request)
        if route is None:
            known = self._router.allowed(request.path)
            raise PaypalRefusedError(405, "METHOD_NOT_SUPPORTED") if known else PaypalRefusedError.unknown()
        key = request.header("paypal-request-id") if request.method == "POST" else ""
        if not key:
            return await self._through_gate(route, request)
        whose = f"{self.oauth.grant_of(request).client_id} {key}"
        return await self._ids.answer(whose, request, partial(self._through_gate, route, request, whose))

    async def _through_gate(self, route: Route, request: Request, key: str = "") -> Response:
        async def work() -> Response:
            try:
                response = await route.handler(request)
            except (PaypalRefusedError, TokenRefusedError) as refusal:
                return refusal.response()
            self._ids.keep(key, response)
            return response

        return await self._account.world.gate.call("paypal", route.operation, work, _FAULT_ANSWERS)

    async def _run(self, scope: str, work: _Work, request: Request) -> Response:
        grant = self.oauth.grant_of(request)
        check_scope(grant, scope)
        if wanted := request.header("paypal-mock-response"):
            raise _negative_test(wanted)
        return await work(grant, request)

    def _calls(self) -> list[tuple[str, str, str, str, _Work]]:
        """Method, path, operation, scope and work of each call with a token."""
        orders_at, captures_at, hooks_at = "v2/checkout/orders", "v2/payments/captures", "v1/notifications/webhooks"
        return [
            ("POST", orders_at, "orders.create", PAYMENTS, self._create_order),
            ("GET", f"{orders_at}/{{id}}", "orders.get", PAYMENTS, self._get_order),
            ("PATCH", f"{orders_at}/{{id}}", "orders.patch", PAYMENTS, self._patch_order),
            ("POST", f"{orders_at}/{{id}}/capture", "orders.capture", PAYMENTS, self._capture_order),
            ("GET", f"{captures_at}/{{id}}", "captures.get", PAYMENTS, self._get_capture),
            ("POST", f"{captures_at}/{{id}}/refund", "captures.refund", PAYMENTS, self._refund),
            ("GET", "v2/payments/refunds/{id}", "refunds.get", PAYMENTS, self._get_refund),
            ("GET", "v1/reporting/transactions", "transactions.search", REPORTING, self._search),
            ("GET", "v1/reporting/balances", "balances.list", REPORTING, self._balances),
            ("GET", "v1/customer/disputes", "disputes.list", DISPUTES, self._list_disputes),
            ("GET", "v1/customer/disputes/{id}", "disputes.get", DISPUTES, self._get_dispute),
            ("POST", hooks_at, "webhooks.create", WEBHOOKS, self._create_webhook),
            ("GET", hooks_at, "webhooks.list", WEBHOOKS, self._list_webhooks),
            ("GET", f"{hooks_at}/{{id}}", "webhooks.get", WEBHOOKS, self._get_webhook),
            ("PATCH", f"{hooks_at}/{{id}}", "webhooks.update", WEBHOOKS, self._update_webhook),
            ("DELETE", f"{hooks_at}/{{id}}", "webhooks.delete", WEBHOOKS, self._delete_webhook),
            ("POST", "v1/notifications/simulate-event", "webhooks.simulate", WEBHOOKS, self._simulate),
            ("POST", "v1/notifications/verify-webhook-signature", "webhooks.verify", WEBHOOKS, self._verify),
        ]

    async def _create_order(self, grant: Grant, request: Request) -> Response:
        return _made(orders.create(self._account, grant, read(request, ORDER)), request, status=201)

    async def _get_order(self, grant: Grant, request: Request) -> Response:
        order = orders.get(self._account, grant, request.path_params["id"])
        return json_response(orders.whole(self._account, order))

    async def _patch_order(self, grant: Grant, request: Request) -> Response:
        orders.patch(self._account, grant, request.path_params["id"], _changes(request))
        return Response(status=204)

    async def _capture_order(self, grant: Grant, request: Request) -> Response:
        read(request, CAPTURE)
        order = orders.capture(self._account, grant, request.path_params["id"])
        return _made(orders.whole(self._account, order), request, status=201, brief=_BRIEF_CAPTURE)

    async def _get_capture(self, grant: Grant, request: Request) -> Response:
        return json_response(shown(captures.get(self._account, grant, request.path_params["id"])))

    async def _refund(self, grant: Grant, request: Request) -> Response:
        capture = captures.get(self._account, grant, request.path_params["id"])
        return _made(captures.refund(self._account, capture, read(request, REFUND)), request, status=201)

    async def _get_refund(self, grant: Grant, request: Request) -> Response:
        return json_response(shown(captures.get_refund(self._account, grant, request.path_params["id"])))

    async def _search(self, grant: Grant, request: Request) -> Response:
        return json_response(reporting.search(self._account, grant, request.query_dict()))

    async def _balances(self, grant: Grant, _: Request) -> Response:
        return json_response(reporting.balances(self._account, grant))

    async def _list_disputes(self, grant: Grant, request: Request) -> Response:
        return json_response(disputes.listed(self._account, grant, request.query_dict()))

    async def _get_dispute(self, grant: Grant, request: Request) -> Response:
        return json_response(shown(disputes.get(self._account, grant, request.path_params["id"])))

    async def _create_webhook(self, grant: Grant, request: Request) -> Response:
        return json_response(shown(subscriptions.create(self._account, grant, read(request, WEBHOOK))), status=201)

    async def _list_webhooks(self, grant: Grant, _: Request) -> Response:
        return json_response(subscriptions.every(self._account, grant))

    async def _get_webhook(self, grant: Grant, request: Request) -> Response:
        return json_response(shown(subscriptions.get(self._account, grant, request.path_params["id"])))

    async def _update_webhook(self, grant: Grant, request: Request) -> Response:
        changed = subscriptions.update(self._account, grant, request.path_params["id"], _changes(request))
        return json_response(shown(changed))

    async def _delete_webhook(self, grant: Grant, request: Request) -> Response:
        subscriptions.delete(self._account, grant, request.path_params["id"])
        return Response(status=204)

    async def _simulate(self, grant: Grant, request: Request) -> Response:
        return json_response(subscriptions.simulate(self._account, grant, read(request, SIMULATION)), status=202)

    async def _verify(self, grant: Grant, request: Request) -> Response:
        return json_response(subscriptions.verify(self._account, grant, read(request, VERIFICATION)))

    async def _certificate(self, _: Request) -> Response:
        pem = self._account.events.certificate.pem
        return Response(body=pem.encode(), content_type="application/x-x509-user-cert")


_BRIEF: Final = ("id", "status", "links")
_BRIEF_CAPTURE: Final = (*_BRIEF, "payment_source", "purchase_units", "payer")


def _made(item: Record, request: Request, *, status: int, brief: tuple[str, ...] = _BRIEF) -> Response:
    """All of it only where `Prefer` asks for that."""
    whole = "return=representation" in request.header("prefer")
    kept = shown(item) if whole else {name: item[name] for name in brief if name in item}
    return json_response(kept, status=status)


def _changes(request: Request) -> list[Record]:
    """A JSON Patch. Raises PaypalRefusedError."""
    changes = any_json(request)
    if not isinstance(changes, list) or not changes:
        raise PaypalRefusedError.invalid("INVALID_PATCH_OPERATION", field="/")
    for at, change in enumerate(changes):
        check(change, _CHANGE, f"/{at}")
    return changes


def _negative_test(wanted: str) -> PaypalRefusedError:
    """PayPal's own way to ask for a refusal: `{"mock_application_codes": "INSTRUMENT_DECLINED"}`."""
    try:
        code = str(json.loads(wanted)["mock_application_codes"])
    except (ValueError, KeyError, TypeError):
        return PaypalRefusedError.invalid("INVALID_PARAMETER_SYNTAX", field="PayPal-Mock-Response", location="header")
    return PaypalRefusedError(500, code) if code == "INTERNAL_SERVER_ERROR" else PaypalRefusedError.unprocessable(code)
