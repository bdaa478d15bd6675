"""Looks at our own addresses through the gateway: what they answer, and in which time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from cli.doctor.asking import Answer, SilentError, ask
from cli.doctor.check import Examined, Finding, note, well, wrong
from cli.environment import status_command

_READ: Final = ("/", "/register", "/login", "/docs/playbooks", "/api/health", "/api/inventory", "/api/config/public")
_SLOW_SECONDS: Final = 2.0
_BROKEN: Final = 300
_AWAY: Final = frozenset({502, 503, 504})
_ROUTES: Final = "Look at `fullhouse status`; when a service is down, fullhouse logs errors."


async def endpoints_answer(examined: Examined) -> Finding:
    """Reads pages and public data as a buyer does."""
    asked = await answers(examined, _READ)
    return judged(asked)


async def answers(examined: Examined, paths: Sequence[str]) -> dict[str, Answer | None]:
    """What each path answers to a GET; None for silence."""

    async def one(path: str) -> Answer | None:
        try:
            return await ask(examined.http, "GET", examined.address + path, headers={"Accept": "text/html, */*"})
        except SilentError:
            return None

    return dict(zip(paths, await asyncio.gather(*map(one, paths)), strict=True))


def judged(asked: Mapping[str, Answer | None]) -> Finding:
    """Whether everything answered, well and soon."""
    lines = [_line(path, answer) for path, answer in asked.items()]
    silent = [path for path, answer in asked.items() if answer is None]
    if len(silent) == len(asked):
        return wrong("the gateway does not answer", status_command(), lines=lines)
    broken = {path: answer.status for path, answer in asked.items() if answer is not None and _refuses(answer)}
    if silent or broken:
        told = ", ".join(
            [*(f"{path} is silent" for path in silent), *(f"{path} {code}" for path, code in broken.items())]
        )
        away = any(code in _AWAY for code in broken.values())
        return wrong(told, f"A service behind them is away. {_ROUTES}" if away else _ROUTES, lines=lines)
    slow = {path: answer.seconds for path, answer in asked.items() if answer and answer.seconds > _SLOW_SECONDS}
    if slow:
        told = ", ".join(f"{path} {seconds:.1f} s" for path, seconds in slow.items())
        return note(f"slow: {told}", "fullhouse logs slow", lines=lines)
    slowest = max(answer.seconds for answer in asked.values() if answer)
    return well(f"{len(asked)} answer, the slowest in {slowest:.2f} s", lines=lines)


def health_judged(document: Mapping[str, Any]) -> Finding:
    """What `/api/health` says to anybody."""
    if not isinstance(document.get("services"), dict):
        return wrong("/api/health does not say how it is", _ROUTES)
    ill = [f"{name} {part['status']}" for name, part in document["services"].items() if part["status"] != "healthy"]
    text = f"{document['status']}, version {document.get('version')}"
    if document["status"] == "unhealthy":
        return wrong(f"{text}: {', '.join(ill)}", "fullhouse status, which says why")
    return note(f"{text}: {', '.join(ill)}", "fullhouse status, which says why") if ill else well(text)


def _refuses(answer: Answer) -> bool:
    """Whether it is no good answer. That of health is one with any status: what it tells is looked at by itself."""
    return answer.status >= _BROKEN and "services" not in answer.document


def _line(path: str, answer: Answer | None) -> str:
    return f"{path} {answer.status} in {answer.seconds:.3f} s" if answer else f"{path} no answer"
