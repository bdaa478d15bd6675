"""What the help says first, and what it leaves out."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.unit.cli.test_commands import LEAVES


def shown(*arguments: str) -> str:
    return CliRunner().invoke(app, [*arguments, "--help"]).output


@pytest.mark.proves("O-1")
def test_what_people_on_call_need_comes_first_with_examples() -> None:
    text = shown()
    places = [text.index(f"│ {name} ") for name in ("status", "alerts", "stream", "doctor", "migrate", "run")]
    assert places == sorted(places)
    assert "fullhouse stream tail --type order.paid --since 1h" in text


@pytest.mark.parametrize("path", [(), *sorted(LEAVES)], ids=" ".join)
def test_no_flag_says_that_it_is_one(path: tuple[str, ...]) -> None:
    assert "<bool>" not in shown(*path)
