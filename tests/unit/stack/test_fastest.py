"""The environment is made from the fastest Python of the release that was called."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import bootstrap

RELEASE = "{}.{}".format(*sys.version_info[:2])


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only other one on the path."""
    path = tmp_path / f"python{RELEASE}"
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PYTHON_NAMED", raising=False)
    return path


def answers(python: Path, said: str, code: int = 0) -> None:
    python.write_text(f"#!/bin/sh\necho {said}\nexit {code}\n")
    python.chmod(0o755)


NEVER = "0.000001"
OURS = RELEASE.replace(".", " ")


def test_one_that_is_faster_is_taken(python: Path) -> None:
    answers(python, f"{OURS} {NEVER}")
    assert bootstrap.fastest() == str(python)


@pytest.mark.parametrize("said", [f"{OURS} 60", f"3 99 {NEVER}"])
def test_one_that_is_slower_or_of_another_release_is_not(python: Path, said: str) -> None:
    answers(python, said)
    assert bootstrap.fastest() == sys.executable


def test_one_that_lacks_a_part_is_not(python: Path) -> None:
    answers(python, f"{OURS} {NEVER}", code=1)
    assert bootstrap.fastest() == sys.executable


def test_one_that_somebody_has_named_stays(python: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(python, f"{OURS} {NEVER}")
    monkeypatch.setenv("PYTHON_NAMED", "yes")
    assert bootstrap.fastest() == sys.executable
