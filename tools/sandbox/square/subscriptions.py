"""Webhook subscriptions of an application."""

from __future__ import annotations

from sandbox.core.http import Record, Request, Response, dumps, json_response
from sandbox.square.errors import SquareRefusedError
from sandbox.square.oauth import ALL_SCOPES, SquareOAuth
from sandbox.square.params import (
    CREATE_SUBSCRIPTION,
    LIST_SUBSCRIPTIONS,
    TEST_SUBSCRIPTION,
    UPDATE_SUBSCRIPTION,
    body_of,
    query_of,
)
from sandbox.square.state import SquareState
from sandbox.square.webhooks import OPERATIONS, SquareWebhooks

API_VERSION = "2026-09-16"
_CHANGEABLE = ("name", "enabled", "event_types", "notification_url", "api_version")
_MOST = 100


class SquareSubscriptions:
    """They are an application's, which no seller's permission reaches. Raises SquareRefusedError."""

    def __init__(self, state: SquareState, oauth: SquareOAuth, webhooks: SquareWebhooks) -> None:
        self._state = state
        self._oauth = oauth
        self._webhooks = webhooks

    def _application(self, request: Request) -> str:
        caller = self._oauth.caller(request)
        if caller.scopes != ALL_SCOPES:
            raise SquareRefusedError.of("INSUFFICIENT_SCOPES")
        return caller.application

    def _found(self, request: Request) -> Record:
        subscription_id = request.path_params["id"]
        found = self._state.subscriptions.get(subscription_id)
        if found is None or found["application"] != self._application(request):
            raise SquareRefusedError.missing("subscription", subscription_id)
        return found

    async def create(self, request: Request) -> Response:
        application, body = self._application(request), body_of(request, CREATE_SUBSCRIPTION)
        given = body["subscription"]
        _check(given)
        own = [each for each in self._state.subscriptions.values() if each["application"] == application]
        if len(own) >= _MOST:
            raise SquareRefusedError(400, "BAD_REQUEST", f"An application can have {_MOST} subscriptions.")
        subscription_id = "wbhk_" + self._state.new_id(32)
        self._state.subscriptions[subscription_id] = made = {
            "id": subscription_id, "name": given.get("name") or "", "enabled": given.get("enabled") is not False,
            "event_types": given["event_types"], "notification_url": given["notification_url"],
            "api_version": given.get("api_version") or API_VERSION, "signature_key": self._state.new_id(22),
            "created_at": self._state.now, "updated_at": self._state.now, "application": application,
        }  # fmt: skip
        return json_response({"subscription": _shown(made)})

    async def list(self, request: Request) -> Response:
        application, query = self._application(request), query_of(request, LIST_SUBSCRIPTIONS)
        found = [
            _shown(each) | {"signature_key": None}
            for each in self._state.subscriptions.values()
            if each["application"] == application and (each["enabled"] or query.get("include_disabled") == "true")
        ]
        return json_response({"subscriptions": [{k: v for k, v in each.items() if v is not None} for each in found]})

    async def retrieve(self, request: Request) -> Response:
        return json_response({"subscription": _shown(self._found(request))})

    async def update(self, request: Request) -> Response:
        found, given = self._found(request), body_of(request, UPDATE_SUBSCRIPTION).get("subscription") or {}
        changed = found | {name: given[name] for name in _CHANGEABLE if given.get(name) is not None}
        _check(changed)
        found |= changed | {"updated_at": self._state.now}
        return json_response({"subscription": _shown(found)})

    async def delete(self, request: Request) -> Response:
        del self._state.subscriptions[self._found(request)["id"]]
        return json_response({})

    async def test(self, request: Request) -> Response:
        found, body = self._found(request), body_of(request, TEST_SUBSCRIPTION)
        kind = body.get("event_type") or found["event_types"][0]
        if kind not in found["event_types"]:
            raise SquareRefusedError(400, "BAD_REQUEST", "The subscription hears nothing of it.", field="event_type")
        event, status = await self._webhooks.test(found, kind)
        result = {
            "id": event["event_id"], "notification_url": found["notification_url"], "status_code": status,
            "passes_filter": True, "payload": dumps(event).decode(), "created_at": self._state.now,
            "updated_at": self._state.now,
        }  # fmt: skip
        return json_response({"subscription_test_result": result})


def _check(subscription: Record) -> None:
    if not subscription.get("event_types"):
        raise SquareRefusedError(400, "MISSING_REQUIRED_PARAMETER", "Field must be set", field="event_types")
    for kind in subscription["event_types"]:
        if kind not in OPERATIONS:
            raise SquareRefusedError(400, "INVALID_VALUE", f"Unknown event type {kind}", field="event_types")
    if not str(subscription.get("notification_url", "")).startswith(("https://", "http://")):
        raise SquareRefusedError(400, "INVALID_VALUE", "Invalid notification URL", field="notification_url")


def _shown(subscription: Record) -> Record:
    return {name: value for name, value in subscription.items() if name != "application"}
