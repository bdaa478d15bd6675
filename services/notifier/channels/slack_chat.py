"""Posts to Slack: by chat.postMessage and chat.update with a bot's token, by incoming webhooks without one (N-2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import SecretStr

from chassis.errors import Unavailable
from chassis.http_client import VendorClient, VendorFailure
from config import Config
from events import Channel
from notifier.channels.domain import Accepted, CannotTell, FindOutcome, Lookup, Message, SendOutcome
from notifier.channels.provider import Features, Provider
from notifier.channels.responses import json_object, milliseconds
from notifier.channels.slack import ChatMessage
from notifier.channels.slack_history import SlackHistory, metadata
from notifier.channels.slack_responses import SLACK
from notifier.settings import NotifierSettings

ACKNOWLEDGE: Final = "acknowledge"
_GENERAL: Final = "general"
_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackAccount:
    """Our account at Slack.

    token: the bot's; without one, messages go to incoming webhooks
    buttons: presses of buttons come back to us, and can be checked
    hooks: addresses of incoming webhooks by our own names of channels; the general one takes what has none
    """

    token: SecretStr | None = None
    buttons: bool = False
    hooks: Mapping[str, SecretStr] = field(default_factory=dict)

    def hook(self, name: str) -> SecretStr | None:
        return self.hooks.get(name) or self.hooks.get(_GENERAL)


class SlackChat(Provider):
    """`client` is Slack's API, `hooks` a client without a base address: a webhook's address is a secret of its own."""

    def __init__(self, client: VendorClient, hooks: VendorClient, account: SlackAccount) -> None:
        self._client = client
        self._hooks = hooks
        self._account = account
        bot = account.token is not None
        self.features = Features(updates=bot, buttons=bot and account.buttons)
        # Incoming webhooks have no free call.
        self.pings = {SLACK.name: self.ping} if bot else {}

    async def send(self, message: Message) -> SendOutcome:
        if not isinstance(message, ChatMessage):
            raise TypeError("a chat message goes this way")
        try:
            if self._account.token is not None:
                return await self._call(message, self._account.token)
            return await self._post(message)
        except VendorFailure as failure:
            return SLACK.unanswered(failure)

    async def find(self, lookup: Lookup, /) -> FindOutcome:
        """An incoming webhook's channel can't be read. A change of a message is found missing, and made again."""
        if self._account.token is None:
            return CannotTell()
        return await SlackHistory(self._client, self._account.token).find(lookup)

    async def ping(self) -> None:
        """A free call (N-9); raises when the bot can't speak."""
        if self._account.token is None:
            return
        response = await self._client.request(
            "POST", "/api/auth.test", operation="auth.test", headers=_authorised(self._account.token)
        )
        if not response.ok or not json_object(response).get("ok"):
            raise Unavailable(f"Slack answers {response.status}, {json_object(response).get('error', 'no reason')}")

    async def close(self) -> None:
        await self._client.close()
        await self._hooks.close()

    async def _call(self, message: ChatMessage, token: SecretStr) -> SendOutcome:
        operation = "chat.update" if message.replaces else "chat.postMessage"
        response = await self._client.request(
            "POST",
            f"/api/{operation}",
            operation=operation,
            headers=_authorised(token),
            body=json.dumps(_addressed(message)).encode(),
        )
        said = json_object(response)
        if not response.ok or not said.get("ok"):
            return SLACK.refused(response, str(said["error"]) if "error" in said else None)
        return Accepted(
            provider_id=f"{said.get('channel', '')}:{said.get('ts', '')}",
            status="posted",
            response_ms=milliseconds(response),
        )

    async def _post(self, message: ChatMessage) -> SendOutcome:
        hook = self._account.hook(message.hook)
        if hook is None:
            return SLACK.refusal(status=200, code="not_set_up")
        response = await self._hooks.request(
            "POST",
            hook.get_secret_value(),
            operation="incoming_webhook",
            headers=_JSON,
            body=json.dumps(chat_json(message)).encode(),
        )
        if not response.ok:
            word = response.body.decode("utf-8", "replace").strip()
            return SLACK.refused(response, word if word.replace("_", "").isalnum() and len(word) < 60 else None)
        return Accepted(provider_id="", status="posted", response_ms=milliseconds(response))


def open_slack(settings: NotifierSettings, config: Config) -> Provider:
    """The provider of the channel Slack."""
    timeout = config.messages.channels[Channel.SLACK].timeout
    account = SlackAccount(
        token=settings.slack_bot_token,
        buttons=bool(settings.slack_signing_secret),
        hooks=settings.slack_webhooks,
    )
    api = VendorClient(SLACK.name, settings.slack_api_url, timeout=timeout)
    return SlackChat(api, VendorClient(SLACK.name, "", timeout=timeout), account)


def chat_json(message: ChatMessage) -> dict[str, Any]:
    """The message's body. Mentions stand in the text: inside blocks of an attachment they notify nobody."""
    blocks = list(message.blocks)
    return {
        "text": " ".join((*message.mentions, message.text)),
        "attachments": [{"color": message.colour, "fallback": message.text, "blocks": blocks}],
        "link_names": True,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def acknowledge_button(value: str) -> dict[str, Any]:
    """A block with the button; `value` comes back with the press."""
    button = {
        "type": "button",
        "action_id": ACKNOWLEDGE,
        "text": {"type": "plain_text", "text": "Acknowledge"},
        "style": "primary",
        "value": value,
    }
    return {"type": "actions", "elements": [button]}


def _addressed(message: ChatMessage) -> dict[str, Any]:
    body = chat_json(message)
    if message.acknowledge:
        body["attachments"][0]["blocks"].append(acknowledge_button(message.acknowledge))
    if message.replaces:
        channel, _, ts = message.replaces.partition(":")
        return {**body, "channel": channel, "ts": ts}
    return {**body, "channel": message.to, "metadata": metadata(message.delivery_id)}


def _authorised(token: SecretStr) -> dict[str, str]:
    return {**_JSON, "Authorization": f"Bearer {token.get_secret_value()}"}
