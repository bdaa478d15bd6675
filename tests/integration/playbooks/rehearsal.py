"""Runs a playbook as a person does: every command of a part, in the order and words in which it stands there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from typer.testing import CliRunner

from cli.main import app
from playbooks import playbooks
from stack import environment
from tests.fixtures.stack import WholeStack

_PART: Final = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
_BLOCK: Final = re.compile(r"^```\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A playbook on the whole stack.

    words: what a person puts in place of the page's capitals, such as EMAIL
    """

    stack: WholeStack
    name: str
    words: Mapping[str, str] = field(default_factory=dict)

    def look(self) -> str:
        """What the commands of that part print."""
        return self._run("Look")

    def act(self) -> str:
        return self._run("Act")

    def verify(self) -> str:
        return self._run("Verify")

    def _run(self, part: str) -> str:
        return "".join(self._command(line) for line in self._commands(part))

    def _commands(self, part: str) -> list[str]:
        text = dict(_PART.findall(playbooks()[self.name].text))[part]
        return [line for block in _BLOCK.findall(text) for line in block.splitlines() if line.strip()]

    def _command(self, line: str) -> str:
        """In this process, with the installation's environment: a process for each costs a second."""
        program, *arguments = (self._filled(word) for word in shlex.split(line))
        assert program == "fullhouse", line
        done = CliRunner().invoke(app, arguments, env=environment.of_operator(self.stack.layout))
        # That something is wrong is the doctor's answer.
        fine = {0, 1} if arguments[0] == "doctor" else {0}
        assert done.exit_code in fine, f"{line}: {done.exception or done.output}"
        return done.output

    def _filled(self, word: str) -> str:
        for capital, value in self.words.items():
            word = re.sub(rf"\b{capital}\b", value, word)
        return word
