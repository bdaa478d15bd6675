"""docs/from-the-guides.md: nothing of the guides is left without an answer, and what it names of ours exists."""

from __future__ import annotations

import re
import shlex
from importlib import import_module

import pytest
from fastapi.routing import APIRoute

import config
from playbooks import playbooks
from stack.layout import ROOT, SERVICES
from tests.unit.docs.test_playbooks import exists

pytestmark = pytest.mark.proves("O-3")

CONFIG = config.load(ROOT / "deploy" / "config")
ROWS = re.findall(
    r"^\| (?!in the guide|-)(.+?) \| (.*?) ?\|$", (ROOT / "docs/from-the-guides.md").read_text(), re.MULTILINE
)
JOBS = {job for jobs in CONFIG.schedules.jobs.values() for job in jobs} | set(CONFIG.schedules.reminders)
# What may stand in the right column, by the words before it; a code without one of them must be a command or a route.
KINDS = {
    "job": JOBS,
    "reminder": JOBS,
    "rule": set(CONFIG.alert_rules.rules),
    "playbook": set(playbooks()),
}
HEALTH = {"/livez", "/readyz", "GET /api/metrics"}
CODE = re.compile(r"(?:(\w+?)s? )?`([^`]+)`")


def routes() -> set[str]:
    """Method and path of every route that a room or the event bus has."""
    rooms = (path for service in SERVICES for path in (ROOT / "services" / service).glob("*/**/*.py"))
    modules = (".".join(path.relative_to(ROOT / "services").with_suffix("").parts) for path in rooms)
    routers = [module.router for name in modules if hasattr(module := import_module(name), "router")]
    found = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    return {f"{method} {route.path}" for route in found for method in route.methods or ()}


def unknown(cell: str, *, known: set[str]) -> list[str]:
    """What a cell names and nobody has; a list has the word of its kind once, before the first."""
    kind, wrong = "", []
    for word, code in CODE.findall(cell):
        kind = word if word in KINDS else kind if not word else ""
        if kind:
            fine = code in KINDS[kind]
        elif code.startswith(("fullhouse ", "make ")):
            fine = exists(shlex.split(code))
        elif code.startswith(("GET ", "POST ")):
            fine = code in known | HEALTH
        else:
            fine = word == "with" or (word == "page" and f"GET {code}" in known) or code in HEALTH
        wrong += [] if fine else [code]
    return wrong


def test_nothing_of_the_guides_is_without_an_answer() -> None:
    assert len(ROWS) > 50
    assert [left for left, right in ROWS if not right.strip()] == []


def test_what_is_ours_exists() -> None:
    known = routes()
    assert {right: wrong for _, right in ROWS if (wrong := unknown(right, known=known))} == {}


@pytest.mark.parametrize(
    "cell",
    ["`fullhouse begin`", "`GET /api/healthy`", "job `no-such`", "rules `service_down`, `no_such`", "`/nowhere`"],
)
def test_what_nobody_has_is_found(cell: str) -> None:
    assert unknown(cell, known=routes())
