"""Each playbook has the same form, and its commands exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer.main

from cli.main import app

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "playbooks"
PLAYBOOKS = sorted(FOLDER.glob("*.md"))
FORM = ["Symptoms", "Look", "Act", "Verify", "Why it happened", "Whom to call"]
BLOCK = re.compile(r"^```\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def commands(text: str) -> list[list[str]]:
    return [shlex.split(line) for block in BLOCK.findall(text) for line in block.splitlines() if line.strip()]


def exists(words: list[str]) -> bool:
    """Whether `fullhouse …` names a command, with options that it has."""
    if words[0] != "fullhouse":
        return False
    command, rest = typer.main.get_command(app), words[1:]
    while rest and rest[0] in getattr(command, "commands", {}):
        command, rest = command.commands[rest[0]], rest[1:]  # type: ignore[attr-defined]
    known = {option for parameter in command.params for option in parameter.opts}
    return not hasattr(command, "commands") and all(word in known for word in rest if word.startswith("--"))


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_a_playbook_has_the_form_and_commands_that_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == FORM
    assert commands(text)
    assert [words for words in commands(text) if not exists(words)] == []


def test_a_command_that_does_not_exist_is_found() -> None:
    assert not exists(["fullhouse", "subscriptions", "begin"])
    assert not exists(["fullhouse", "dlq", "redrive", "--gruop", "x"])
    assert exists(["fullhouse", "dlq", "redrive", "--group", "x"])
