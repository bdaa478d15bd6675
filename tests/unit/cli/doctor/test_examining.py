"""Checks are made side by side; each has an end, and what one raises keeps nobody from the others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from aiohttp import ClientSession

from chassis.variables import SettingsError
from cli.commands.doctor import chosen, rows
from cli.doctor import CHECKS, OUTSIDE
from cli.doctor.check import Check, Examined, Finding, Look, State, note, well, wrong
from cli.doctor.examining import Result, examine, healthy
from cli.errors import CommandError, UsageError


def check(look: Look, *, seconds: float = 30, name: str = "sample") -> Check:
    return Check(part="samples", name=name, look=look, remedy="Look at it.", seconds=seconds)


def examined(*checks: Check) -> tuple[Sequence[Result], list[str]]:
    told: list[str] = []

    async def work() -> Sequence[Result]:
        async with ClientSession() as session:
            return await examine(checks, Examined(environ={}, http=session), tell=told.append)

    return asyncio.run(work()), told


def test_they_are_made_side_by_side_and_told_as_they_end() -> None:
    async def second(_: Examined) -> Finding:
        met.set()
        return well("both were under way")

    async def first(_: Examined) -> Finding:
        await met.wait()
        return note("it waited for the other", "Nothing.")

    met = asyncio.Event()
    results, told = examined(check(first, name="first"), check(second, name="second"))
    assert [result.check.name for result in results] == ["first", "second"]
    assert told[0].startswith("1 of 2: ✓ second")
    assert told[1].startswith("2 of 2: ! first")
    assert healthy(results)


def test_one_that_does_not_end_is_wrong() -> None:
    async def endless(_: Examined) -> Finding:
        await asyncio.Event().wait()
        return well("never")

    [result], _ = examined(check(endless, seconds=0.01))
    assert result.finding == wrong("no answer in 0 s", "Look at it.")
    assert not healthy([result])


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (CommandError("It is away."), "It is away."),
        (SettingsError("PORT is wrong."), "PORT is wrong."),
        (KeyError("a secret"), "it could not be looked at: KeyError"),
    ],
)
def test_what_a_check_raises_is_its_finding(error: Exception, detail: str) -> None:
    async def failing(_: Examined) -> Finding:
        raise error

    async def sound(_: Examined) -> Finding:
        return well("sound")

    results, _ = examined(check(failing), check(sound))
    assert results[0].finding == wrong(detail, "Look at it.")
    assert results[1].finding.state is State.WELL


@pytest.mark.proves("O-2")
@pytest.mark.parametrize("checks", [CHECKS, OUTSIDE], ids=["inside", "outside"])
def test_each_check_has_a_name_of_its_own_and_a_way_out(checks: Sequence[Check]) -> None:
    assert len({each.name for each in checks}) == len(checks)
    assert all(each.remedy for each in checks)


def test_parts_and_checks_are_chosen_by_their_words() -> None:
    assert [each.name for each in chosen(CHECKS, ["topics", "address"])] == ["topics", "dns", "certificate"]
    assert chosen(CHECKS, []) == list(CHECKS)
    with pytest.raises(UsageError, match=r"“topic”.*topics"):
        chosen(CHECKS, ["topic"])


def test_a_row_has_sign_time_finding_and_way_out() -> None:
    async def unused(_: Examined) -> Finding:
        return well("")

    finding = wrong("two cities\nare away", "fullhouse status", lines=["tampa: away"])
    result = Result(check(unused), finding, 1.25)
    assert rows(result, width=8, everything=True) == [
        "✗ sample     1.2 s  two cities",
        "                    are away",
        "                    tampa: away",
        "                    → fullhouse status",
    ]
    assert "tampa" not in str(rows(result, width=8, everything=False))
