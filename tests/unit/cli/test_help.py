"""What the help says first, and what it leaves out."""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO

import pytest

from cli.main import COMMANDS
from tests.unit.cli.test_commands import LEAVES


def shown(*arguments: str) -> str:
    printed = StringIO()
    with redirect_stdout(printed):
        COMMANDS([*arguments, "--help"], prog_name="fullhouse", standalone_mode=False)
    return printed.getvalue()


@pytest.mark.proves("O-1")
def test_what_people_on_call_need_comes_first_with_examples() -> None:
    text = shown()
    places = [text.index(f"│ {name} ") for name in ("status", "alerts", "stream", "doctor", "migrate", "run")]
    assert places == sorted(places)
    assert "fullhouse stream tail --type order.paid --since 1h" in text


@pytest.mark.parametrize("path", [(), *sorted(LEAVES)], ids=" ".join)
def test_no_flag_says_that_it_is_one(path: tuple[str, ...]) -> None:
    assert "<bool>" not in shown(*path)
