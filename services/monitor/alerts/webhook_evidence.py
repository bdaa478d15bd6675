"""Asks checkout whether webhooks reach it, as `fullhouse webhooks check` and `diagnose` do, at an internal address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from chassis.http_client import VendorClient, VendorFailure
from chassis.tokens import ServiceTokens

_OURSELVES: Final = "monitor"
_CHECKOUT: Final = "checkout"
_PATH: Final = "/internal/webhooks/examination"
# All accounts at the processor are read for it.
_PATIENCE: Final = timedelta(seconds=45)
_SIGNS: Final = {"note": "!", "wrong": "✗", "unread": "✗ NOT READ:"}
_LONGEST: Final = 400


class WebhookEvidence:
    """Asks one checkout."""

    def __init__(self, url: str, tokens: ServiceTokens) -> None:
        self._client = VendorClient(_CHECKOUT, url, timeout=_PATIENCE, connections=1, internal=True)
        self._tokens = tokens

    async def close(self) -> None:
        await self._client.close()

    async def lines(self) -> tuple[str, ...]:
        """What is not as it should be, the worst first, each with what to do."""
        headers = {"Authorization": f"Bearer {self._tokens.issue(_OURSELVES, _CHECKOUT)}"}
        try:
            answer = await self._client.request("GET", _PATH, operation="webhooks.examination", headers=headers)
            if answer.status != HTTPStatus.OK:
                return (f"Checkout could not be asked about webhooks: it answered {answer.status}.",)
            return told(answer.json()["findings"])
        except VendorFailure as failure:
            return (f"Checkout could not be asked about webhooks: {failure.reason}.",)
        except (ValueError, KeyError, TypeError):
            return ("What checkout says of webhooks can't be read.",)


def told(findings: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Findings as lines; one that says so where all is well."""
    order = ("unread", "wrong", "note")
    bad = sorted((each for each in findings if each["state"] in order), key=lambda each: order.index(each["state"]))
    lines = tuple(_line(each) for each in bad)
    return lines or ("✓ Webhooks come and are handled, and their endpoints are set up as they should be.",)


def _line(found: Mapping[str, Any]) -> str:
    remedy = f" → {found['remedy']}" if found["remedy"] else ""
    return f"{_SIGNS[found['state']]} {found['subject']}: {found['detail']}{remedy}"[:_LONGEST]
