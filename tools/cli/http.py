"""HTTP as a web client speaks it: answers are looked at, never trusted to be there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import ClientError, ClientSession

_AGAIN_SECONDS: Final = 0.25
# The gateway's words for a service that is starting or away: the same request may be sent again.
AWAY: Final = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    document: Any

    @property
    def code(self) -> str | None:
        """The condition that refused it."""
        found = self.document.get("code") if isinstance(self.document, dict) else None
        return found if isinstance(found, str) else None

    @property
    def sentence(self) -> str:
        """What a refusal says: of wrong fields, what is wrong about each."""
        found = self.document if isinstance(self.document, dict) else {}
        fields = found.get("fields")
        wrong = " ".join(f"{name}: {text}" for name, text in fields.items()) if isinstance(fields, dict) else ""
        said = wrong or found.get("detail") or "no explanation"
        return f"{str(said).rstrip('.')} (HTTP {self.status})"


async def ask(session: ClientSession, method: str, url: str, **options: Any) -> Reply | None:
    """None when nobody answered with JSON."""
    try:
        async with session.request(method, url, **options) as response:
            return Reply(response.status, await response.json(content_type=None))
    except (ClientError, TimeoutError, ValueError):
        return None


async def insist(session: ClientSession, url: str, *, headers: Mapping[str, str], body: Mapping[str, Any]) -> Reply:
    """Posts until somebody answers; the idempotency key among the headers makes that safe."""
    while True:
        reply = await ask(session, "POST", url, headers=headers, json=body)
        if reply is not None and reply.status not in AWAY:
            return reply
        await asyncio.sleep(_AGAIN_SECONDS)
