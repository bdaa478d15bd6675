"""Asks Slack whether it has a message: chat.postMessage takes no idempotency key, so a room's history is read (N-3).

Our messages carry their delivery's id as metadata. The bot needs channels:read, channels:history and
metadata.message:read (groups:… for private channels); without them nobody can tell.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from pydantic import SecretStr

from chassis.http_client import VendorClient, VendorFailure, VendorResponse
from notifier.channels.domain import Accepted, CannotTell, FindOutcome, Lookup, NotThere, Verdict
from notifier.channels.responses import milliseconds
from notifier.channels.slack_responses import SLACK

METADATA_TYPE: Final = "fullhouse_delivery"
_DELIVERY: Final = "delivery_id"
_PAGE: Final = 200
_PAGES: Final = 10
_CLOCK_DIFFERENCE: Final = timedelta(minutes=2)
_FORM: Final = "application/x-www-form-urlencoded"

HistoryPage = Mapping[str, Any]


def metadata(delivery_id: UUID) -> dict[str, Any]:
    """What a message is found by; people don't see it, and an edit leaves it."""
    return {"event_type": METADATA_TYPE, "event_payload": {_DELIVERY: str(delivery_id)}}


class _NoHistory(Exception):  # noqa: N818 carries an outcome
    def __init__(self, outcome: FindOutcome) -> None:
        self.outcome = outcome
        super().__init__()


class SlackHistory:
    """Asks with a bot's token."""

    def __init__(self, client: VendorClient, token: SecretStr) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token.get_secret_value()}", "Content-Type": _FORM}

    async def find(self, lookup: Lookup) -> FindOutcome:
        """By the delivery's id, among messages that are no older than the delivery."""
        try:
            channel = await self._channel(lookup.to)
            return await self._search(channel, lookup) if channel else NotThere()
        except _NoHistory as none:
            return none.outcome
        except VendorFailure as failure:
            return SLACK.unanswered(failure)

    async def _channel(self, name: str) -> str | None:
        """Its id. What a bot can post to by name it can list, so a name that isn't listed was never posted to."""
        if not name.startswith("#"):
            return name
        asked = {"types": "public_channel,private_channel", "limit": str(_PAGE)}
        async for _, page in self._pages("conversations.list", asked):
            for channel in _records(page, "channels"):
                if channel.get("name") == name.removeprefix("#"):
                    return str(channel.get("id"))
        return None

    async def _search(self, channel: str, lookup: Lookup) -> FindOutcome:
        oldest = (lookup.created_at - _CLOCK_DIFFERENCE).timestamp()
        asked = {
            "channel": channel,
            "oldest": f"{oldest:.6f}",
            "limit": str(_PAGE),
            "include_all_metadata": "true",
        }
        wanted = metadata(lookup.delivery_id)
        async for response, page in self._pages("conversations.history", asked):
            for message in _records(page, "messages"):
                if message.get("metadata") == wanted:
                    return Accepted(
                        provider_id=f"{channel}:{message.get('ts', '')}",
                        status="posted",
                        response_ms=milliseconds(response),
                    )
        return NotThere()

    async def _pages(
        self, operation: str, asked: Mapping[str, str]
    ) -> AsyncIterator[tuple[VendorResponse, HistoryPage]]:
        """Responses with their objects, to the end; raises _NoHistory where the end isn't reached."""
        cursor = ""
        for _ in range(_PAGES):
            response = await self._client.request(
                "POST",
                f"/api/{operation}",
                operation=operation,
                headers=self._headers,
                body=urlencode({**asked, **({"cursor": cursor} if cursor else {})}).encode(),
            )
            page = _page(response)
            yield response, page
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return
        raise _NoHistory(CannotTell())


def _page(response: VendorResponse) -> HistoryPage:
    """Raises _NoHistory for a refusal: one that passes is asked again, any other one hides the history."""
    try:
        said = response.json()
    except ValueError:
        said = {}
    if isinstance(said, dict) and response.ok and said.get("ok"):
        return said
    code = said.get("error") if isinstance(said, dict) else None
    refused = SLACK.refused(response, str(code) if code else None)
    raise _NoHistory(refused if refused.verdict is Verdict.PASSING else CannotTell())


def _records(page: HistoryPage, name: str) -> Iterator[HistoryPage]:
    return (each for each in page.get(name) or () if isinstance(each, dict))
