"""The way in to the stand-in for Slack: `/slack/api/…`, `/slack/services/…` and `/slack/actions/…`."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable
from functools import partial

from sandbox.core.http import Record, Request, Response, json_response
from sandbox.core.routing import Router
from sandbox.slack.conversations import conversations
from sandbox.slack.errors import MethodFaultAnswers, SlackRefusedError, WebhookFaultAnswers
from sandbox.slack.interactions import OPERATION, Interactions
from sandbox.slack.room import APP, BOT, BOT_NAME, BOT_USER, TEAM, Room
from sandbox.world import World

_METHOD_FAULTS = MethodFaultAnswers()
_WEBHOOK_FAULTS = WebhookFaultAnswers()
_ARGUMENT = re.compile(r"\w{1,64}\Z", re.ASCII)
_METHOD_PATH = "/slack/api/"
_JSON_IN_TEXT = (
    ("blocks", "invalid_blocks_format"),
    ("attachments", "invalid_attachments"),
    ("metadata", "invalid_metadata_format"),
)


class SlackApi:
    """Answers everything below `/slack`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.room = Room(world)
        self.interactions = Interactions(self.room)
        self._methods: dict[str, Callable[[Record], Record]] = {
            "auth.test": self._auth_test,
            "chat.postMessage": self._post_message,
            "chat.update": self._update,
            **conversations(self.room),
        }
        self._router = Router()
        webhook, answer = "/slack/services/{team}/{hook}/{secret}", "/slack/actions/{team}/{id}/{secret}"
        self._router.add("POST", webhook, self._webhook, operation="incoming_webhook")
        self._router.add("POST", answer, self._answer, operation="response_url")

    def operations(self) -> list[str]:
        return [*sorted(self._methods), *self._router.operations(), OPERATION]

    async def handle(self, request: Request) -> Response:
        if request.path.startswith(_METHOD_PATH):
            return await self._called(request, request.path.removeprefix(_METHOD_PATH))
        route = self._router.find(request)
        if route is None:
            return SlackRefusedError("no_service").webhook_response()
        try:
            work = partial(route.handler, request)
            return await self._world.gate.call("slack", route.operation, work, _WEBHOOK_FAULTS)
        except SlackRefusedError as refusal:
            return refusal.webhook_response()

    async def _called(self, request: Request, name: str) -> Response:
        method = self._methods.get(name)
        try:
            if method is None:
                return json_response({"ok": False, "error": "unknown_method", "req_method": name})
            given = _arguments(request)
            self._check_token(request, given)
            work = partial(self._work, method, given)
            return await self._world.gate.call("slack", name, work, _METHOD_FAULTS)
        except SlackRefusedError as refusal:
            return refusal.response()

    async def _work(self, method: Callable[[Record], Record], given: Record) -> Response:
        return json_response({"ok": True, **method(given)})

    def _check_token(self, request: Request, given: Record) -> None:
        scheme, _, bearer = request.header("authorization").partition(" ")
        token = bearer.strip() if scheme.lower() == "bearer" else str(given.pop("token", ""))
        if not token:
            raise SlackRefusedError("not_authed")
        ours = self._world.settings.slack_bot_token
        if not ours or not hmac.compare_digest(token.encode(), ours.encode()):
            raise SlackRefusedError("invalid_auth")

    def _auth_test(self, _: Record) -> Record:
        return {
            "url": "https://sandbox.slack.com/", "team": self._world.settings.business_name, "user": BOT_NAME,
            "team_id": TEAM, "user_id": BOT_USER, "bot_id": BOT, "is_enterprise_install": False,
        }  # fmt: skip

    def _post_message(self, given: Record) -> Record:
        place = self.room.place_of(_required(given, "channel"))
        message = self.room.post(place, given)
        return {"channel": place.id, "ts": message["ts"], "message": _shown(message)}

    def _update(self, given: Record) -> Record:
        """By the channel's id only, as at Slack."""
        channel, ts = _required(given, "channel"), _required(given, "ts")
        if channel.startswith(("#", "@")):
            raise SlackRefusedError("channel_not_found")
        place = self.room.place_of(channel)
        message = self.room.edit(place, ts, given)
        return {"channel": place.id, "ts": ts, "text": message["text"], "message": _shown(message)}

    async def _webhook(self, request: Request) -> Response:
        channel = self._world.settings.slack_webhooks.get(request.path.removeprefix("/slack"))
        if channel is None:
            known = any(path.startswith(f"/services/{TEAM}/") for path in self._world.settings.slack_webhooks)
            ours = request.path_params["team"] == TEAM
            raise SlackRefusedError("invalid_token" if known and ours else "no_service")
        self.room.post(self.room.place_of(channel), _webhook_content(request))
        return Response(body=b"ok", content_type="text/html")

    async def _answer(self, request: Request) -> Response:
        self.interactions.answer(request.path, _webhook_content(request))
        return Response(body=b"ok", content_type="text/html")


def _shown(message: Record) -> Record:
    profile = {"id": BOT, "app_id": APP, "name": BOT_NAME, "deleted": False, "team_id": TEAM}
    hidden = ("channel", "subtype")
    return {name: part for name, part in message.items() if name not in hidden} | {"bot_profile": profile}


def _required(given: Record, name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise SlackRefusedError("invalid_arguments", f"[ERROR] missing required field: {name}")
    return value


def _webhook_content(request: Request) -> Record:
    """JSON, or a form whose `payload` is JSON. Raises SlackRefusedError."""
    form = request.header("content-type").startswith("application/x-www-form-urlencoded")
    content = _json(request.form_dict().get("payload", "") if form else request.body, "invalid_payload")
    if not isinstance(content, dict):
        raise SlackRefusedError("invalid_payload")
    return content


def _arguments(request: Request) -> Record:
    """A call's arguments from JSON or a form, where blocks and attachments are JSON in text.

    Arguments that Slack doesn't know it overlooks, unless their names are none. Raises SlackRefusedError.
    """
    kind = request.header("content-type").partition(";")[0].strip().lower()
    if kind not in ("application/json", "application/x-www-form-urlencoded", ""):
        raise SlackRefusedError("invalid_post_type")
    given = _json(request.body or b"{}", "invalid_json") if kind == "application/json" else _pairs(request)
    if not isinstance(given, dict):
        raise SlackRefusedError("json_not_object")
    if any(not _ARGUMENT.match(name) for name in given):
        raise SlackRefusedError("invalid_arg_name")
    for name, error in _JSON_IN_TEXT:
        if isinstance(given.get(name), str):
            given[name] = _json(given[name], error)
    return given


def _pairs(request: Request) -> dict[str, str]:
    return request.query_dict() if request.method == "GET" else request.form_dict()


def _json(text: str | bytes, error: str) -> object:
    try:
        parsed: object = json.loads(text)
    except ValueError as wrong:
        raise SlackRefusedError(error) from wrong
    return parsed
