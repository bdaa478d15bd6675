"""`fullhouse debug`: what it asks for, prints and saves."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.commands import debug
from cli.looks import lines
from cli.main import app

pytestmark = pytest.mark.proves("O-6", "O-1")

LOOK = {
    "service": "checkout",
    "process": "all-0",
    "pid": 4711,
    "beganAt": "2026-11-21T11:48:30.25Z",
    "endedEarly": False,
}
SESSION = {
    "pid": 12,
    "application": "checkout",
    "state": "active",
    "seconds": 2.125,
    "transactionSeconds": 3.5,
    "waitsFor": "Lock relation",
    "lock": "AccessShareLock on orders",
    "blockedBy": [7, 8],
    "statement": "SELECT 1 FROM orders WHERE id = $1",
}
FOUND: dict[str, dict[str, Any]] = {
    "stacks": {"threads": [], "tasks": [{"names": ["relay"], "count": 3, "frames": ["a:1 outer", "b:2 inner"]}]},
    "tasks": {"total": 4, "groups": [{"name": "relay", "count": 4, "waitsAt": "asyncio.locks:213 Event.wait"}]},
    "profile": {"seconds": 9.9, "samples": 700, "tree": "100% run\n|- 80% price", "speedscope": {"profiles": []}},
    "heap": {
        "seconds": 9.9,
        "residentBefore": 80_000_000,
        "residentAfter": 90_000_000,
        "types": [{"type": "checkout.orders.domain.Order", "count": 900, "grown": 500}],
        "places": [{"bytes": 12_345, "blocks": 500, "frames": ["checkout/orders/store.py:57"]}],
    },
    "queries": {
        "sessions": [SESSION],
        "costliest": [{"calls": 3, "totalMs": 1200.0, "meanMs": 400.0, "statement": "SELECT ?"}],
    },
}


WAITS = (
    "     12 checkout active for 2.1 s, transaction open for 3.5 s, waits for Lock relation,"
    " AccessShareLock on orders, BLOCKED BY 7, 8"
)


def look(kind: str, **other: Any) -> dict[str, Any]:
    return {**LOOK, "found": {"kind": kind, **FOUND[kind]}, **other}


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("stacks", ["3 tasks: relay", "    b:2 inner"]),
        ("tasks", ["     4  relay, at asyncio.locks:213 Event.wait"]),
        ("profile", ["|- 80% price"]),
        ("heap", ["    +500 of      900  checkout.orders.domain.Order", "    checkout/orders/store.py:57"]),
        (
            "queries",
            [
                WAITS,
                "      1200 ms, 3 times 400.0 ms",
            ],
        ),
    ],
)
def test_a_look_is_told_in_lines(kind: str, told: list[str]) -> None:
    said = lines(look(kind))
    assert said[0] == f"checkout, {kind} of all-0 (pid 4711), from 2026-11-21T11:48:30.25Z"
    assert [line for line in told if line not in said] == []


def test_what_ended_early_and_what_is_not_counted_is_said() -> None:
    assert "before its time" in "\n".join(lines(look("tasks", endedEarly=True)))
    uncounted = {**look("queries"), "found": {"kind": "queries", "sessions": [], "costliest": None}}
    assert "fullhouse logs slow" in lines(uncounted)[-1]


def test_what_others_wrote_does_not_move_the_cursor() -> None:
    nasty = {**look("tasks"), "found": {"kind": "tasks", "total": 1, "groups": [{**FOUND["tasks"]["groups"][0]}]}}
    nasty["found"]["groups"][0]["name"] = "\x1b[2J"
    assert "\x1b" not in "\n".join(lines(nasty))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, Mapping[str, Any], int]]:
    """What the command asked for; the answer is a look of that kind."""
    calls: list[tuple[str, str, Mapping[str, Any], int]] = []

    async def answer(
        _environ: object, _method: str, path: str, *, role: str, body: Mapping[str, Any], seconds: int
    ) -> dict[str, Any]:
        calls.append((path, role, body, seconds))
        return look(path.rpartition("/")[2])

    monkeypatch.setattr("cli.admin.answer", answer)
    return calls


@pytest.mark.parametrize("kind", FOUND)
def test_a_look_is_saved_under_its_service_kind_and_time(
    kind: str, tmp_path: Path, asked: list[tuple[str, str, Mapping[str, Any], int]]
) -> None:
    words = ["debug", "checkout", kind, "--seconds", "30", "--into", str(tmp_path / "new")]
    done = CliRunner().invoke(app, words)
    text, figures = (tmp_path / "new" / f"checkout-{kind}-20261121T114830Z.{end}" for end in ("txt", "json"))
    assert done.exit_code == 0, done.output
    assert f"Saved {text}" in done.output
    assert text.read_text() in done.output
    saved = json.loads(figures.read_text())
    assert saved == (FOUND[kind]["speedscope"] if kind == "profile" else look(kind))
    assert {stat.S_IMODE(path.stat().st_mode) for path in (text, figures)} == {0o600}
    (path, role, body, patience) = asked[0]
    assert (path, role, body) == (f"/api/admin/checkout/debug/{kind}", "admin", {"seconds": 30})
    assert (patience > 30) == (kind in {"profile", "heap"})
    scripted = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert scripted["files"] == [str(text), str(figures)]
    assert scripted["found"]["kind"] == kind


def test_it_is_saved_in_the_installations_state_or_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert debug.folder({"STATE": str(tmp_path)}) == tmp_path / "debug"
    assert debug.folder({"STATE": "/nonexistent"}) == tmp_path / "debug"


@pytest.mark.parametrize("words", [("shop", "stacks"), ("checkout", "memory"), ("checkout", "heap", "--seconds", "61")])
def test_what_can_not_be_looked_at_is_wrong_usage(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, ["debug", *words])
    assert done.exit_code != 0
    assert done.exception is not None
