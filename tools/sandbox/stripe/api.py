"""The way in to the stand-in for Stripe: keys, idempotency, limits and faults around each endpoint."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from functools import partial

import stripe

from sandbox.core.http import Request, Response, json_response
from sandbox.core.routing import Route, Router
from sandbox.stripe.account import SUBSCRIBED, StripeAccount
from sandbox.stripe.endpoints import Endpoint, all_endpoints
from sandbox.stripe.errors import StripeFaultAnswers, StripeRefusedError
from sandbox.stripe.events import Cause, current_cause
from sandbox.stripe.expand import expanded
from sandbox.stripe.idempotency import IdempotencyKeys
from sandbox.stripe.invoices import advance, come_due
from sandbox.stripe.oauth import OAUTH, StripeOauth
from sandbox.stripe.params import checked
from sandbox.stripe.payments import dispute_later, end_debit
from sandbox.stripe.sessions import end_of_life
from sandbox.stripe.v2 import v2_routes

_FAULT_ANSWERS = StripeFaultAnswers()
_SERVER_FAULT = 500


class StripeApi:
    """Answers everything below `/stripe/v1` and `/stripe/v2`."""

    def __init__(self, account: StripeAccount) -> None:
        self._account = account
        self.oauth = StripeOauth(account)
        self._keys = IdempotencyKeys(account.world.timers, account.world.keep)
        account.world.timers.names(
            end_session=partial(end_of_life, account),
            end_debit=partial(end_debit, account),
            dispute_charge=partial(dispute_later, account),
            advance_invoice=partial(advance, account),
            invoice_due=partial(come_due, account),
        )
        self._router = Router()
        for endpoint in all_endpoints():
            self._router.add(endpoint.method, endpoint.path, partial(self._run, endpoint), operation=endpoint.operation)
        for method, path, operation, handler in v2_routes(account):
            self._router.add(method, path, handler, operation=operation)

    def operations(self) -> list[str]:
        """Those of the API, and the types of event that faults of webhooks can name."""
        return [*self._router.operations(), *SUBSCRIBED]

    async def handle(self, request: Request) -> Response:
        request_id = self._account.new_id("req_", 14)
        if request.path.startswith(OAUTH):
            return await self.oauth.handle(request)
        key = request.header("idempotency-key") if request.method == "POST" else ""
        current_cause.set(Cause(request_id, key or None))
        try:
            response = await self._admitted(request, key)
        except StripeRefusedError as refusal:
            response = refusal.response()
        return _dressed(response, request_id, key)

    async def _admitted(self, request: Request, key: str) -> Response:
        whose = self._account_of(request)
        route = self._router.find(request)
        if route is None:
            raise StripeRefusedError.unknown_url(request.method, request.path.removeprefix("/stripe"))
        if not key:
            return (await self._through_gate(route, request))[0]
        key = key if whose is self._account else f"{whose.id} {key}"  # each account has keys of its own
        return await self._keys.answer(key, request, partial(self._through_gate, route, request, key))

    async def _through_gate(self, route: Route, request: Request, key: str = "") -> tuple[Response, bool]:
        """The answer, and whether an endpoint had begun to work on it."""
        executed = False

        async def work() -> Response:
            nonlocal executed
            response, executed = await _answer(route.handler, request)
            if executed and key:
                self._keys.keep(key, response)
            return response

        response = await self._account.world.stripe_gate.call("stripe", route.operation, work, _FAULT_ANSWERS)
        return response, executed or response.status == _SERVER_FAULT

    def _account_of(self, request: Request) -> StripeAccount:
        """Whose objects a call is about. Raises StripeRefusedError."""
        given = _key_of(request.header("authorization"))
        if not given:
            raise StripeRefusedError.no_key()
        for key in self._account.world.settings.stripe_keys:
            if hmac.compare_digest(given.encode(), key.encode()):
                return self._account.reached(request.header("stripe-account"))
        return self._account.keyed(given)

    async def _run(self, endpoint: Endpoint, request: Request) -> Response:
        pairs = request.query()
        if request.method == "POST":
            pairs += request.form()
        params = checked(pairs, endpoint.shape)
        paths = params.pop("expand", [])
        account = self._account_of(request)
        item = endpoint.work(account, params, request.path_params)
        return json_response(expanded(account.state, item, paths) if paths else item)


async def _answer(handler: Callable[[Request], Awaitable[Response]], request: Request) -> tuple[Response, bool]:
    try:
        return await handler(request), True
    except StripeRefusedError as refusal:
        return refusal.response(), refusal.executed


def _key_of(authorization: str) -> str:
    """The key of `Bearer KEY`, or of `Basic` with the key as the user's name."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _dressed(response: Response, request_id: str, key: str) -> Response:
    """Stripe's headers, on a copy: the answer itself may be kept for a repeat."""
    headers = {"request-id": request_id, "stripe-version": stripe.api_version} | response.headers
    if key:
        headers |= {"idempotency-key": key, "original-request": headers.get("original-request", request_id)}
    if response.status >= _SERVER_FAULT:
        headers.setdefault("stripe-should-retry", "true")
    return Response(response.status, response.body, response.content_type, headers)
