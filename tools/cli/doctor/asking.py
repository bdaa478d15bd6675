"""HTTP for checks: an answer of any kind is looked at, and silence is said in a sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from cli.errors import CommandError

if TYPE_CHECKING:
    from aiohttp import ClientSession

SECONDS: Final = 10.0
_LARGEST: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody answered.

    status: HTTP's
    headers: by name in lower case
    text: the body
    seconds: how long it took
    """

    status: int
    headers: Mapping[str, str]
    text: str
    seconds: float

    @property
    def document(self) -> dict[str, Any]:
        """The JSON object; empty where the body is none."""
        try:
            found = json.loads(self.text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


class SilentError(CommandError):
    """Nobody answered; the message names who, and how."""


async def ask(session: ClientSession, method: str, url: str, *, who: str = "", **options: Any) -> Answer:
    """One request, whose redirections are not followed; raises SilentError, whose sentence begins with `who`."""
    from aiohttp import ClientError, ClientTimeout

    began = perf_counter()
    try:
        async with session.request(
            method, url, timeout=ClientTimeout(total=SECONDS), allow_redirects=False, **options
        ) as response:
            body = await response.content.read(_LARGEST)
            headers = {name.lower(): value for name, value in response.headers.items()}
            text = body.decode("utf-8", errors="replace")
            return Answer(status=response.status, headers=headers, text=text, seconds=perf_counter() - began)
    except (ClientError, TimeoutError, OSError, ValueError) as error:
        raise SilentError(f"{who or url} does not answer ({type(error).__name__})") from None
