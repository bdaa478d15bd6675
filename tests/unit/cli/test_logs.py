"""`fullhouse logs`: which lines each view shows, in what order, and what stays out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chassis.telemetry import CATALOGUE
from chassis.telemetry.views import VIEWS
from cli.log_lines import Wanted, new_lines
from cli.main import app

pytestmark = pytest.mark.proves("O-6", "O-1")

ALWAYS = {"since": "2000-01-01T00:00:00.000Z", "until": "9999-12-31T00:00:00.000Z"}


def write(folder: Path, event: str, at: str, *, service: str = "checkout", **facts: Any) -> None:
    level = CATALOGUE[event].level
    line = {"timestamp": at, "level": level, "event": event, "service": service, **facts}
    with (folder / f"{at[:10]}.{service}.{level}.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOG_DIR", str(tmp_path))
    monkeypatch.setenv("FULLHOUSE_MODE", "sandbox")
    write(tmp_path, "payment_processing_failed", "2026-11-21T12:00:02.000Z", reason="the vendor is away")
    write(tmp_path, "order_placed", "2026-11-21T12:00:01.000Z", order_id="1")
    write(tmp_path, "payment_successful", "2026-11-21T12:00:03.000Z", order_id="1", amount=59900)
    write(tmp_path, "webhook_received", "2026-11-21T12:00:02.500Z", webhook_id="evt_1")
    write(tmp_path, "pool_opened", "2026-11-21T12:00:00.000Z", service="inventory")
    write(tmp_path, "delivery_receipt", "2026-11-21T12:00:04.000Z", service="notifier", channel="sms")
    write(tmp_path, "delivery_receipt", "2026-11-21T12:00:05.000Z", service="notifier", channel="email")
    write(tmp_path, "slow_request", "2026-11-22T00:00:00.000Z", path="/\x1b[2J")
    return tmp_path


def shown(*arguments: str, since: str = "2026-11-21T00:00:00Z") -> list[dict[str, Any]]:
    result = CliRunner().invoke(app, ["logs", *arguments, "--since", since, "--json"])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("view", "events"),
    [
        ("errors", ["payment_processing_failed"]),
        ("payments", ["order_placed", "payment_processing_failed", "payment_successful"]),
        ("webhooks", ["webhook_received"]),
        ("stock", ["pool_opened"]),
        ("sms", ["delivery_receipt"]),
        ("slow", ["slow_request"]),
    ],
)
def test_a_view_shows_its_lines_in_the_order_of_their_times(view: str, events: list[str]) -> None:
    assert [line["event"] for line in shown(view)] == events


@pytest.mark.usefixtures("folder")
def test_the_newest_are_shown_of_the_time_and_service_asked_for() -> None:
    assert [line["event"] for line in shown("payments", "--lines", "1")] == ["payment_successful"]
    assert len(shown("payments", since="2026-11-21T12:00:02Z")) == 2
    assert shown("payments", "--service", "inventory") == []
    assert [line["event"] for line in shown("slow", "--date", "2026-11-22")] == ["slow_request"]
    assert shown("slow", "--date", "2026-11-21") == []


@pytest.mark.usefixtures("folder")
def test_people_get_a_line_that_moves_no_terminal() -> None:
    result = CliRunner().invoke(app, ["logs", "payments", "--since", "2026-11-21", "--lines", "2"])
    assert result.stdout.splitlines() == [
        '2026-11-21T12:00:02.000Z ERROR checkout payment_processing_failed reason="the vendor is away"',
        "2026-11-21T12:00:03.000Z INFO  checkout payment_successful order_id=1 amount=59900",
    ]
    assert "\x1b" not in CliRunner().invoke(app, ["logs", "slow", "--since", "2026-11-21"]).stdout


def test_half_a_line_is_no_line(folder: Path) -> None:
    with (folder / "2026-11-21.checkout.error.jsonl").open("a") as file:
        file.write('{"timestamp": "2026-11-21T12:00:09.000Z", "lev')
    assert len(shown("errors")) == 1


def test_what_is_written_afterwards_is_followed(folder: Path) -> None:
    wanted = Wanted(view=VIEWS["errors"], services=(), **ALWAYS)
    lines = new_lines(folder, wanted)
    write(folder, "refund_refused", "2026-11-23T08:00:00.000Z")
    assert next(lines)["event"] == "refund_refused"


def test_a_view_that_is_none_and_a_missing_folder_are_sentences(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STATE", str(tmp_path))
    monkeypatch.setenv("FULLHOUSE_MODE", "sandbox")
    monkeypatch.delenv("LOG_DIR", raising=False)
    for arguments, says in (
        (["mistakes"], "errors, payments"),
        (["errors"], "LOG_DIR"),
        (["errors", "--date", "x"], "2026-11-21"),
    ):
        result = CliRunner().invoke(app, ["logs", *arguments])
        assert result.exit_code != 0
        assert says in str(result.exception)


def test_each_view_names_events_that_exist() -> None:
    for name, view in VIEWS.items():
        assert set(view.names) <= CATALOGUE.keys(), name
        assert len(set(view.names)) == len(view.names)
        assert view.purpose.endswith(".")
