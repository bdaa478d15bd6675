"""The demonstration sale on the whole stack: it must see everything, and admit what it did not see."""

from __future__ import annotations

import json
import time
from subprocess import CompletedProcess
from typing import Any
from urllib.request import Request, urlopen

import pytest

from cli.demo.trail import PARTS
from stack import environment
from tests.fixtures import command_line
from tests.fixtures.stack import WholeStack

pytestmark = [pytest.mark.stack]


@pytest.fixture
def whole(everything_runs: WholeStack) -> WholeStack:
    everything_runs.fullhouse("catalogue", "load", "--yes")
    return everything_runs


def demo(stack: WholeStack, *arguments: str) -> CompletedProcess[str]:
    return command_line.fullhouse("demo", *arguments, environ=environment.of_operator(stack.layout))


def ask(stack: WholeStack, path: str) -> Any:
    request = Request(stack.gateway_url + path, headers={"Authorization": f"Bearer {stack.token()}"})  # noqa: S310
    with urlopen(request, timeout=5) as answer:  # noqa: S310
        return json.load(answer)


@pytest.mark.proves("O-1", "E-2", "C-4", "I-3", "N-1", "M-1")
def test_a_sale_leaves_its_whole_trail_and_counts_as_a_demonstration(whole: WholeStack) -> None:
    done = demo(whole, "--json")
    trail = json.loads(done.stdout.splitlines()[-1])
    order = ask(whole, f"/api/orders/{trail['order']['id']}")
    assert done.returncode == 0, done.stdout
    assert list(trail) == [*PARTS, "traceId", "seconds"]
    assert all(trail[part]["seconds"] <= trail["seconds"] for part in PARTS)
    assert len(trail["traceId"]) == 32
    assert (order["source"], order["cityId"], order["number"]) == ("demo", "demo", trail["order"]["number"])
    assert trail["tickets"]["count"] == 1
    assert "demo" not in {city["cityId"] for city in ask(whole, "/api/inventory")["data"]}


def test_people_get_a_table_with_marks_and_places_to_click(whole: WholeStack) -> None:
    done = demo(whole)
    assert done.returncode == 0
    assert done.stdout.count("✓") == len(PARTS) + 1
    assert f"{whole.sandbox_url}/messages" in done.stdout


def test_what_did_not_happen_is_not_claimed(whole: WholeStack) -> None:
    with whole.without("notifier"):
        done = demo(whole, "--json", "--seconds", "6")
    trail = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 1
    assert {part for part in PARTS if trail[part] is None} == {"sms", "email"}
    assert trail["traceId"] is None
    assert "sms, email, trace missing" in trail["problem"]


@pytest.mark.proves("M-3")
def test_a_stopped_service_shows_on_the_health_page(whole: WholeStack) -> None:
    def services() -> dict[str, Any]:
        request = Request(f"{whole.gateway_url}/health", method="GET")  # noqa: S310
        try:
            with urlopen(request, timeout=5) as answer:  # noqa: S310
                return dict(json.load(answer)["services"])
        except OSError as refused:
            return dict(json.loads(getattr(refused, "read")())["services"])  # noqa: B009 a 503 is the answer here

    def until(service: str, status: str) -> None:
        deadline = time.monotonic() + 60
        while services()[service]["status"] != status:
            assert time.monotonic() < deadline, services()
            time.sleep(0.25)

    until("inventory", "healthy")
    with whole.without("inventory"):
        until("inventory", "unhealthy")
    until("inventory", "healthy")
