"""Mistakes are read from the log as they are written there."""

from __future__ import annotations

from io import StringIO

from chassis.errors import Unavailable
from chassis.telemetry import configure_logging, get_logger
from tests.chaos.mistakes import said


def test_mistakes_are_found_among_other_lines_and_a_cut_line_harms_nobody() -> None:
    stream = StringIO()
    configure_logging("checkout", stream=stream)
    log = get_logger()
    log.info("order_placed", order_id="1")
    log.error("request_failed", method="POST", route="/api/x", exc_info=RuntimeError("boom"))
    log.error("background_task_failed", task="receipts", exc_info=Unavailable("database: gone"))
    text = stream.getvalue()
    assert said("checkout", text + text.splitlines()[1][:-20]) == [
        "checkout request_failed /api/x: builtins.RuntimeError: boom"
    ]
    assert said("checkout", text.splitlines()[0]) == []
