"""`fullhouse doctor`: looks whether everything that an installation stands on is as it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.errors import EXIT_FAILED, UsageError
from cli.output import JsonOption

if TYPE_CHECKING:
    from cli.doctor.check import Check
    from cli.doctor.examining import Result


# The part whose answer ends with how much was found (P-12).
COUNTED: Final = "payments"


def doctor(
    parts: Annotated[
        list[str] | None, typer.Argument(metavar="[PART…]", help="Only these parts or checks, each with all it saw.")
    ] = None,
    *,
    url: Annotated[str, typer.Option(help="Look at the installation at this address, from outside.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Check configuration, databases, Kafka, vendors, own addresses, stock, payments and machine; changes nothing.

    Exit code 1 when something is wrong.
    """
    from cli import connections
    from cli.doctor import CHECKS, OUTSIDE
    from cli.doctor.examining import healthy
    from cli.environment import environ
    from cli.output import json_line

    checks = chosen(OUTSIDE if url else CHECKS, parts or ())
    results = connections.run(examined(checks, {} if url else environ(), _address(url)))
    well = healthy(results)
    if as_json:
        json_line({"ok": well, "checks": [row(result) for result in results]})
    else:
        show(results, everything=bool(parts))
    if not well:
        raise typer.Exit(EXIT_FAILED)


def chosen(checks: Sequence[Check], words: Sequence[str]) -> list[Check]:
    """Those of a part or name that is asked for; all when none is."""
    known = dict.fromkeys(word for check in checks for word in (check.part, check.name))
    for word in words:
        if word not in known:
            raise UsageError(f"There is no part “{word}”: write one of {', '.join(known)}.")
    return [check for check in checks if not words or {check.part, check.name} & set(words)]


def _address(url: str) -> str:
    if url and not url.startswith(("https://", "http://")):
        raise UsageError(f"“{url}” is no address: write it as https://tickets.example.com.")
    return url


async def examined(checks: Sequence[Check], values: Mapping[str, str], url: str = "") -> list[Result]:
    """The checks, made."""
    from aiohttp import ClientSession, DummyCookieJar

    from cli.doctor.check import Examined
    from cli.doctor.examining import examine
    from cli.output import progress

    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        return await examine(checks, Examined(environ=values, http=session, url=url), tell=progress)


def row(result: Result) -> dict[str, Any]:
    """What a check has found, for scripts."""
    found = result.finding
    return {
        "part": result.check.part,
        "name": result.check.name,
        "state": found.state,
        "detail": found.detail,
        "remedy": found.remedy,
        "lines": found.lines,
        "seconds": round(result.seconds, 3),
    }


def show(results: Sequence[Result], *, everything: bool = True) -> None:
    """A row a check, whose lines stay whole however narrow the terminal: what they name can be copied.

    Those of payments alone end with how much was found.
    """
    from cli.output import say

    width = max(len(result.check.name) for result in results)
    for result in results:
        for line in rows(result, width=width, everything=everything):
            say(line)
    say("Nothing was changed.")
    if {result.check.part for result in results} == {COUNTED}:
        say("\n".join(tally(results)))


def tally(results: Sequence[Result]) -> list[str]:
    """How many checks found no issue, and all issues and warnings of all of them."""
    from cli.services import plain

    issues = [each for result in results for each in result.finding.issues]
    warnings = [each for result in results for each in result.finding.warnings]
    passed = sum(not result.finding.issues for result in results)
    return [
        f"Checks passed: {passed}/{len(results)}",
        f"Issues found: {len(issues)}",
        *(f"  - {plain(each)}" for each in issues),
        f"Warnings: {len(warnings)}",
        *(f"  - {plain(each)}" for each in warnings),
    ]


def rows(result: Result, *, width: int, everything: bool) -> list[str]:
    """The check with its sign and time, what it found, all that it saw (`everything`), and what to do."""
    from cli.doctor.check import SIGNS
    from cli.services import plain

    found = result.finding
    head = f"{SIGNS[found.state]} {result.check.name:<{width}} {result.seconds:5.1f} s  "
    said = [*found.detail.splitlines(), *(found.lines if everything else ())]
    text = [*map(plain, said), *([f"→ {plain(found.remedy)}"] if found.remedy else [])]
    return [f"{'' if number else head:{len(head)}}{line}" for number, line in enumerate(text)]
