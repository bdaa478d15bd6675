"""What is told before anything is installed or changed, by the bootstrap without any package."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from stack.layout import ROOT
from stack.processes import free_ports

# Of the checkout, what the bootstrap reads before there is any package.
NEEDED = ("deploy/local", "libs/chassis", "libs/languages", "tools/cli", "requirements", "pyproject.toml")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh clone, as far as this matters."""
    for name in NEEDED:
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    return tmp_path


def refused(checkout: Path, wanted: str, **environ: str) -> str:
    """What the bootstrap says; nothing has been made of the environment."""
    command = [sys._base_executable, "-I", "deploy/local/bootstrap.py", wanted]  # type: ignore[attr-defined] # of venvs
    given = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")} | environ
    done = subprocess.run(command, cwd=checkout, env=given, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert not (checkout / ".venv").exists()
    assert done.stdout == ""
    said = done.stderr.strip()
    assert len(said.splitlines()) == 1
    return said


def test_a_taken_port_is_told_before_anything_is_installed(checkout: Path) -> None:
    ports = free_ports()
    with socket.create_server(("127.0.0.1", ports.sandbox)):
        said = refused(checkout, "up", PORT=str(ports.base))
    assert f"Port {ports.sandbox} (sandbox) is already in use" in said
    assert f"PORT={ports.base + 200} STATE=.local2 make up" in said
    assert not (checkout / ".local" / "env").exists()


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"PORT": "eight"}, "PORT must be a number from 3000 to 56000, and is “eight”."),
        ({"BROKERS": "2"}, "BROKERS must be 1 or 3, and is “2”."),
        ({"KAFKA_BOOTSTRAP_SERVERS_FILE": "/nowhere"}, "KAFKA_BOOTSTRAP_SERVERS_FILE names /nowhere"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_installed(
    checkout: Path, environ: dict[str, str], sentence: str
) -> None:
    assert sentence in refused(checkout, "up", **{"PORT": str(free_ports().base), **environ})


def test_without_a_network_the_address_is_named_and_its_password_is_not(checkout: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    index = f"http://me:secret@127.0.0.1:{port}/simple"
    said = refused(checkout, "stack", PIP_INDEX_URL=index, NO_PROXY="*")
    assert f"could not be fetched from 127.0.0.1:{port}:" in said
    assert "secret" not in said


def test_a_folder_that_cannot_be_used_is_one_sentence(checkout: Path) -> None:
    (checkout / ".local").write_text("in the way")
    assert f"{checkout / '.local'}" in refused(checkout, "stack")
