"""What a check of the doctor is, and what it finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from cli.environment import need

if TYPE_CHECKING:
    from aiohttp import ClientSession


class State(StrEnum):
    """How a thing is."""

    WELL = "well"
    NOTE = "note"  # somebody should know of it; nothing is broken
    WRONG = "wrong"


SIGNS: Final = {State.WELL: "✓", State.NOTE: "!", State.WRONG: "✗"}
_GRAVITY: Final = tuple(State)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found.

    state: how it is
    detail: what was looked at, or what is wrong; never a secret's value
    remedy: the next command or sentence; empty when all is well
    lines: what was looked at one by one, for who asks for this part alone
    issues: what is broken, one by one
    warnings: what somebody should know of, one by one
    """

    state: State
    detail: str
    remedy: str = ""
    lines: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def well(detail: str, *, lines: Sequence[str] = ()) -> Finding:
    """All is as it should be."""
    return Finding(state=State.WELL, detail=detail, lines=tuple(lines))


def note(detail: str, remedy: str, *, lines: Sequence[str] = ()) -> Finding:
    """Nothing is broken, and somebody should know."""
    return Finding(state=State.NOTE, detail=detail, remedy=remedy, lines=tuple(lines), warnings=(detail,))


def wrong(detail: str, remedy: str, *, lines: Sequence[str] = ()) -> Finding:
    """Something is broken, and `remedy` says what to do next."""
    return Finding(state=State.WRONG, detail=detail, remedy=remedy, lines=tuple(lines), issues=(detail,))


def broken(issues: Sequence[str], remedy: str, *, warnings: Sequence[str] = (), lines: Sequence[str] = ()) -> Finding:
    """The same of several things that one check has found, with those that somebody should know of besides."""
    found = wrong("\n".join([*issues, *warnings]), remedy, lines=lines)
    return replace(found, issues=tuple(issues), warnings=tuple(warnings))


def lacking(warnings: Sequence[str], remedy: str, *, lines: Sequence[str] = ()) -> Finding:
    """Several things that somebody should know of."""
    return replace(note("\n".join(warnings), remedy, lines=lines), warnings=tuple(warnings))


def gravest(findings: Sequence[Finding]) -> Finding:
    """The worst of several findings about one thing; the first of them where all are alike."""
    return max(findings, key=lambda finding: _GRAVITY.index(finding.state))


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """The installation that is looked at.

    environ: the variables that are set; none where it is looked at from outside
    http: asks everything that answers HTTP
    url: the gateway's address, from outside
    """

    environ: Mapping[str, str]
    http: ClientSession
    url: str = ""

    @property
    def address(self) -> str:
        """The gateway's address, without a slash at the end."""
        return (self.url or need(self.environ, "PUBLIC_URL", use="asking through the gateway")).rstrip("/")

    async def document(self, path: str) -> dict[str, Any]:
        """What a route for viewers answers; raises CommandError when it doesn't."""
        from cli.admin import answer

        return await answer(self.environ, "GET", path, role="viewer")


Look = Callable[[Examined], Awaitable[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A row of the doctor's table.

    part: the word by which people ask for several checks
    name: the check's own word
    look: finds out; it reads and never changes anything
    remedy: what to do when it can't be found out
    seconds: how long it may take
    """

    part: str
    name: str
    look: Look
    remedy: str
    seconds: float = 15.0
