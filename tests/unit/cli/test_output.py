"""Standard output that is full, closed, or knows few signs: one line at most, an exit code, and no traceback."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.output import any_sign, json_line, say

FULLHOUSE = Path(sysconfig.get_path("scripts")) / "fullhouse"


def complaint(output: int, *arguments: str) -> tuple[int, str]:
    done = subprocess.run([FULLHOUSE, *arguments], stdout=output, stderr=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stderr


def test_a_full_disk_is_one_line() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    code, said = complaint(full, "--help")
    os.close(full)
    assert (code, said) == (1, "The output can't be written: the disk is full. Free some space and try again.\n")


def test_a_reader_that_has_seen_enough_hears_nothing() -> None:
    """As `| head` does."""
    reader, writer = os.pipe()
    os.close(reader)
    code, said = complaint(writer, "--help")
    os.close(writer)
    assert (code, said) == (1, "")


def written(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> bytes:
    """What `act` writes to an output that knows ASCII only."""
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output, encoding="ascii"))
    any_sign()
    act()
    return output.getvalue()


def test_signs_that_the_output_has_no_code_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written(monkeypatch, lambda: say("Zürich ✓")) == b"Z?rich ?\n"


def test_json_says_everything_in_any_output(monkeypatch: pytest.MonkeyPatch) -> None:
    line = written(monkeypatch, lambda: json_line({"city": "Zürich ✓"}))
    assert line.isascii()
    assert json.loads(line) == {"city": "Zürich ✓"}
