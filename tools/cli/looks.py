"""A look into a process, in words: what `fullhouse debug` prints and saves. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cli.services import plain

_MILLION: Final = 1_000_000


def lines(look: Mapping[str, Any]) -> list[str]:
    """Whose, when, and what was found."""
    found = look["found"]
    head = f"{look['service']}, {found['kind']} of {look['process']} (pid {look['pid']}), from {look['beganAt']}"
    early = ["It ended before its time: the process was too busy, or stopped."] if look["endedEarly"] else []
    return [head, *early, "", *_KINDS[found["kind"]](found)]


def _stacks(found: Mapping[str, Any]) -> Iterator[str]:
    for what in ("threads", "tasks"):
        for stack in found[what]:
            yield plain(f"{stack['count']} {what}: {', '.join(stack['names'])}")
            yield from (f"    {plain(frame)}" for frame in stack["frames"])


def _tasks(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{found['total']} tasks"
    yield from (plain(f"{group['count']:>6}  {group['name']}, at {group['waitsAt']}") for group in found["groups"])


def _profile(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{found['samples']} samples in {found['seconds']} s; time in select or run_forever is idle"
    yield from (plain(line) for line in found["tree"].splitlines())


def _heap(found: Mapping[str, Any]) -> Iterator[str]:
    before, after = (found[name] / _MILLION for name in ("residentBefore", "residentAfter"))
    yield f"In {found['seconds']} s. The process has {after:.1f} MB, and had {before:.1f} MB"
    yield "Objects that became more:"
    yield from (plain(f"{each['grown']:>+8} of {each['count']:>8}  {each['type']}") for each in found["types"])
    yield "Memory taken meanwhile and not given back, by place:"
    for each in found["places"]:
        yield f"{each['bytes'] / 1000:>8.1f} kB in {each['blocks']} blocks"
        yield from (f"    {plain(frame)}" for frame in each["frames"])


def _queries(found: Mapping[str, Any]) -> Iterator[str]:
    sessions = found["sessions"]
    yield f"{len(sessions)} other connections"
    for each in sessions:
        yield plain(f"{each['pid']:>7} {each['application']} {_standing(each)}")
        yield f"    {plain(each['statement'])}"
    if found["costliest"] is None:
        yield "This PostgreSQL counts no statements (pg_stat_statements is not installed): see fullhouse logs slow"
        return
    yield "Statements by the time that they took in all:"
    for each in found["costliest"]:
        yield f"{each['totalMs']:>10.0f} ms, {each['calls']} times {each['meanMs']:.1f} ms"
        yield f"    {plain(each['statement'])}"


def _standing(session: Mapping[str, Any]) -> str:
    """`active for 2.1 s, transaction open for 2.3 s, waits for …, blocked by 4711`"""
    state, open_for, blockers = session["state"] or "hidden", session["transactionSeconds"], session["blockedBy"]
    parts = [
        state if session["seconds"] is None else f"{state} for {session['seconds']:.1f} s",
        "" if open_for is None else f"transaction open for {open_for:.1f} s",
        f"waits for {session['waitsFor']}" if session["waitsFor"] and state == "active" else "",
        session["lock"] or "",
        f"BLOCKED BY {', '.join(map(str, blockers))}" if blockers else "",
    ]
    return ", ".join(part for part in parts if part)


_KINDS: Final = {"stacks": _stacks, "tasks": _tasks, "profile": _profile, "heap": _heap, "queries": _queries}
