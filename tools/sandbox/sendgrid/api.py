"""The way in to the stand-in for SendGrid: `/sendgrid/v3/…`."""

from __future__ import annotations

import hmac
from functools import partial

from sandbox.core.http import Request, Response, json_response
from sandbox.core.keeping import Facts
from sandbox.core.routing import Router
from sandbox.sendgrid.activity import limit_of, matching, shown
from sandbox.sendgrid.errors import SendgridFaultAnswers, SendgridRefusedError
from sandbox.sendgrid.events import WEBHOOK_PATH
from sandbox.sendgrid.keys import EventKey, new_private_key
from sandbox.sendgrid.mail import parse
from sandbox.sendgrid.outbox import Outbox
from sandbox.world import World

_FAULT_ANSWERS = SendgridFaultAnswers()


class SendgridApi:
    """Answers everything below `/sendgrid`."""

    def __init__(self, world: World) -> None:
        """Raises SettingsError for a signing key that isn't one."""
        self._world = world
        kept = Facts(world.keep, "sendgrid.facts")
        self._key = EventKey(world.settings.sandbox_sendgrid_signing_key or kept.get("signing_key", new_private_key))
        self.outbox = Outbox(world, self._key)
        self._router = Router()
        add = self._router.add
        add("POST", "/sendgrid/v3/mail/send", self._send, operation="mail.send")
        add("GET", "/sendgrid/v3/user/account", self._account, operation="user.account")
        add("GET", "/sendgrid/v3/user/credits", self._credits, operation="user.credits")
        add("GET", "/sendgrid/v3/messages", self._messages, operation="messages.list")
        add("GET", "/sendgrid/v3/messages/{id}", self._message, operation="messages.fetch")
        settings = "/sendgrid/v3/user/webhooks/event/settings"
        add("GET", settings, self._webhook_settings, operation="webhooks.settings")
        add("GET", f"{settings}/signed", self._public_key, operation="webhooks.signed")

    def operations(self) -> list[str]:
        return [*self._router.operations(), "event_webhook"]

    async def handle(self, request: Request) -> Response:
        try:
            return await self._admitted(request)
        except SendgridRefusedError as refusal:
            return refusal.response()

    async def _admitted(self, request: Request) -> Response:
        self._check_key(request)
        route = self._router.find(request)
        if route is None:
            allowed = self._router.allowed(request.path)
            raise SendgridRefusedError(405, "method not allowed") if allowed else SendgridRefusedError(404, "not found")
        work = partial(route.handler, request)
        return await self._world.gate.call("sendgrid", route.operation, work, _FAULT_ANSWERS)

    def _check_key(self, request: Request) -> None:
        key = self._world.settings.sendgrid_api_key
        scheme, _, given = request.header("authorization").partition(" ")
        if scheme.lower() != "bearer" or not given:
            raise SendgridRefusedError(401, "Permission denied, wrong credentials")
        if not key or not hmac.compare_digest(given.strip().encode(), key.encode()):
            raise SendgridRefusedError(401, "The provided authorization grant is invalid, expired, or revoked")

    async def _send(self, request: Request) -> Response:
        mail = parse(request.body)
        message_id = self.outbox.take(mail)
        status = 200 if mail.only_checked else 202
        return Response(status=status, content_type="text/plain; charset=utf-8", headers={"x-message-id": message_id})

    async def _account(self, _: Request) -> Response:
        return json_response({"type": "paid", "reputation": 100})

    async def _credits(self, _: Request) -> Response:
        sent = len(self.outbox.sent)
        return json_response(
            {
                "remain": 100_000 - sent,
                "total": 100_000,
                "overage": 0,
                "used": sent,
                "last_reset": "2026-01-01",
                "next_reset": "2026-02-01",
                "reset_frequency": "monthly",
            }
        )

    async def _messages(self, request: Request) -> Response:
        query = request.query_dict()
        limit = limit_of(query.get("limit", "10"))
        found = list(matching(self.outbox.sent.values(), query.get("query", "")))[-limit:][::-1]
        return json_response({"messages": [shown(each) for each in found]})

    async def _message(self, request: Request) -> Response:
        sent = self.outbox.sent.get(request.path_params["id"])
        if sent is None:
            raise SendgridRefusedError(404, "message not found")
        return json_response(shown(sent))

    async def _webhook_settings(self, _: Request) -> Response:
        url = self._world.settings.public_url + WEBHOOK_PATH
        flags = dict.fromkeys(("processed", "delivered", "bounce", "dropped", "deferred", "open", "spam_report"), True)
        return json_response({"enabled": True, "url": url, "public_key": self._key.public, **flags})

    async def _public_key(self, _: Request) -> Response:
        return json_response({"public_key": self._key.public})
