"""Sends events to PagerDuty's Events API v2 (N-2). The dedup key makes sending twice harmless."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from chassis.http_client import VendorClient, VendorFailure, VendorResponse
from config import Config
from events import Channel
from notifier.channels.domain import Accepted, FindOutcome, Lookup, Message, NotThere, SendOutcome, Verdict
from notifier.channels.pagerduty import PageMessage
from notifier.channels.provider import Features, Provider
from notifier.channels.responses import Rule, Vendor, milliseconds
from notifier.settings import NotifierSettings

PAGERDUTY: Final = Vendor(
    name="pagerduty",
    title="PagerDuty",
    rules={
        "not_set_up": Rule(Verdict.ACCOUNT, "PAGERDUTY_ROUTING_KEY is not set."),
        "invalid_routing_key": Rule(Verdict.ACCOUNT, "PagerDuty doesn't know our routing key."),
    },
)
_DEFAULT_KEY: Final = "default"
_CLIENT: Final = "Fullhouse"


class PagerDutyEvents(Provider):
    """`keys`: routing keys by severity in PagerDuty's words; `default` takes what has none. There is no free call."""

    features = Features(updates=True)

    def __init__(self, client: VendorClient, keys: Mapping[str, SecretStr]) -> None:
        self._client = client
        self._keys = dict(keys)

    async def send(self, message: Message) -> SendOutcome:
        if not isinstance(message, PageMessage):
            raise TypeError("an event for PagerDuty goes this way")
        key = self._keys.get(message.key) or self._keys.get(_DEFAULT_KEY)
        if key is None:
            return PAGERDUTY.refusal(status=200, code="not_set_up")
        body = json.dumps(event_json(message, key)).encode()
        headers = {"Content-Type": "application/json"}
        try:
            response = await self._client.request(
                "POST", "/v2/enqueue", operation="events.enqueue", headers=headers, body=body
            )
        except VendorFailure as failure:
            return PAGERDUTY.unanswered(failure)
        if not response.ok:
            return PAGERDUTY.refused(response, _code(response))
        return Accepted(provider_id=message.dedup_key, status="accepted", response_ms=milliseconds(response))

    async def find(self, _lookup: Lookup, /) -> FindOutcome:
        """Sent again it is the same incident (N-3), so there is nothing to find out."""
        return NotThere()

    async def close(self) -> None:
        await self._client.close()


def open_pagerduty(settings: NotifierSettings, config: Config) -> Provider:
    """The provider of the channel PagerDuty."""
    keys = {
        _DEFAULT_KEY: settings.pagerduty_routing_key,
        "critical": settings.pagerduty_routing_key_critical,
        "error": settings.pagerduty_routing_key_error,
        "warning": settings.pagerduty_routing_key_warning,
        "info": settings.pagerduty_routing_key_info,
    }
    timeout = config.messages.channels[Channel.PAGERDUTY].timeout
    client = VendorClient(PAGERDUTY.name, settings.pagerduty_events_url, timeout=timeout)
    return PagerDutyEvents(client, {name: key for name, key in keys.items() if key is not None})


def event_json(message: PageMessage, key: SecretStr) -> dict[str, Any]:
    body: dict[str, Any] = {
        "routing_key": key.get_secret_value(),
        "event_action": message.action.value,
        "dedup_key": message.dedup_key,
    }
    if message.payload is not None:
        body |= {"payload": dict(message.payload), "client": _CLIENT}
        body |= {"links": [{"href": message.link, "text": "Acknowledge"}]} if message.link else {}
    return body


def _code(response: VendorResponse) -> str | None:
    """PagerDuty has no codes: what is wrong stands in sentences."""
    said = response.body.decode("utf-8", "replace").lower()
    return "invalid_routing_key" if "routing_key" in said or "routing key" in said else None
