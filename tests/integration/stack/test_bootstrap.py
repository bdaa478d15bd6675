"""A first installation that is interrupted, with the real bootstrap in a folder with a few small packages."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stack.layout import ROOT

INTERRUPTIONS = 5
LONGEST = (
    6.0  # seconds until an interruption: on a fast machine well into the packages, on a slow one into the environment
)
# What an editable installation needs, and uv: the names in requirements/dev.txt.
SMALL = ("editables", "hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers")
PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "small"
version = "1"

[tool.hatch.build.targets.wheel]
packages = ["small"]
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The bootstrap in a checkout of its own, whose lock files name little."""
    (tmp_path / "deploy" / "local").mkdir(parents=True)
    shutil.copy(ROOT / "deploy" / "local" / "bootstrap.py", tmp_path / "deploy" / "local")
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "__init__.py").write_text("ANSWER = 42\n")
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "stack.txt").write_text("".join(map(pin, SMALL)))
    (tmp_path / "requirements" / "dev.txt").write_text(pin("uv"))
    return tmp_path


def pin(name: str) -> str:
    """The package's lines in the lock file: version and hashes."""
    found = re.search(rf"^{name}==.*(?:\n .*)*\n", (ROOT / "requirements" / "dev.txt").read_text(), re.MULTILINE)
    assert found, name
    return found.group()


def start(checkout: Path) -> subprocess.Popen[str]:
    command = [sys._base_executable, "deploy/local/bootstrap.py", "stack"]  # type: ignore[attr-defined] # of venvs
    return subprocess.Popen(command, cwd=checkout, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def half_made(checkout: Path) -> Path:
    """An environment as the latest moments leave it: its Python runs, and a package is not all there."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", checkout / ".venv"], check=True)
    half = checkout / ".venv" / "lib" / "half"
    half.mkdir()
    return half


@pytest.mark.timeout(300)
def test_a_first_installation_may_be_interrupted_at_any_moment(checkout: Path) -> None:
    """SIGINT as by Ctrl-C, SIGKILL as when the terminal's machine goes down; the next start works.

    From its first word on: until then Python starts, and nothing is changed.
    """
    seed = int(os.environ.get("BOOTSTRAP_SEED") or random.randrange(1_000_000))
    print(f"BOOTSTRAP_SEED={seed}")
    draw = random.Random(seed)
    half = half_made(checkout)
    for _ in range(INTERRUPTIONS):
        begun = start(checkout)
        assert begun.stdout is not None
        begun.stdout.readline()  # none, where the last one was not interrupted in time
        time.sleep(draw.uniform(0, LONGEST))
        begun.send_signal(draw.choice((signal.SIGINT, signal.SIGKILL)))
        said = begun.communicate()[1]
        assert "Traceback" not in said
    last = start(checkout)
    _, said = last.communicate()
    assert (last.returncode, said, half.exists()) == (0, "", False)
    command = [".venv/bin/python", "-c", "import small, hatchling.build; print(small.ANSWER)"]
    answer = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert (answer.stdout, answer.stderr) == ("42\n", "")
