"""PagerDuty's Events API v2 (N-2). The dedup key makes sending twice harmless."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import SecretStr

from chassis.http_client import VendorAnswer, VendorClient, VendorFailure
from notifier.channels.domain import Accepted, FindOutcome, Lookup, Message, NotThere, PageMessage, SendOutcome
from notifier.channels.refusals import refusal
from notifier.channels.responses import failed_call, refused_by

DEFAULT_KEY: Final = "default"
_CLIENT: Final = "Fullhouse"


class PagerDutyEvents:
    """`keys`: routing keys by severity in PagerDuty's words; `default` takes what has none."""

    def __init__(self, client: VendorClient, keys: Mapping[str, SecretStr]) -> None:
        self._client = client
        self._keys = dict(keys)

    async def send(self, message: Message) -> SendOutcome:
        if not isinstance(message, PageMessage):
            raise TypeError("an event for PagerDuty goes this way")
        key = self._keys.get(message.key) or self._keys.get(DEFAULT_KEY)
        if key is None:
            return refusal("pagerduty", status=200, code="not_set_up")
        body = json.dumps(event_json(message, key)).encode()
        headers = {"Content-Type": "application/json"}
        try:
            answer = await self._client.request(
                "POST", "/v2/enqueue", operation="events.enqueue", headers=headers, body=body
            )
        except VendorFailure as failure:
            return failed_call(failure)
        if not answer.ok:
            return refused_by("pagerduty", answer, _code(answer))
        return Accepted(provider_id=message.dedup_key, status="accepted", response_ms=round(answer.seconds * 1000))

    async def find(self, _lookup: Lookup, /) -> FindOutcome:
        """Sent again it is the same incident (N-3), so there is nothing to find out."""
        return NotThere()


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


def _code(answer: VendorAnswer) -> str | None:
    """PagerDuty has no codes: what is wrong stands in sentences."""
    said = answer.body.decode("utf-8", "replace").lower()
    return "invalid_routing_key" if "routing_key" in said or "routing key" in said else None
