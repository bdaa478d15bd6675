"""Runs a playbook as a person does: every command of a part, in the order and words in which it stands there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from playbooks import playbooks
from stack import environment
from stack.layout import ROOT
from tests.fixtures import command_line
from tests.fixtures.stack import WholeStack

_PART: Final = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
PATIENCE: Final = 120
_PAUSE: Final = 1
# That something is wrong is an answer of these.
_TELLS: Final = (
    "fullhouse analytics verify",
    "fullhouse customer",
    "fullhouse doctor",
    "fullhouse reconcile",
    "fullhouse status",
    "fullhouse stock audit",
    "fullhouse webhooks check",
    "fullhouse webhooks diagnose",
    "fullhouse webhooks replay",
    "make status",
)
# Refused while the job is under way, which ends.
_TRIED_AGAIN: Final = "fullhouse jobs run"
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

    def aside(self, line: str) -> str:
        """What a command prints that stands within a sentence, in these words."""
        assert f"`{line}`" in " ".join(playbooks()[self.name].text.split()), f"{self.name} does not say {line}"
        return self._command(line)

    def _run(self, part: str) -> str:
        return "".join(self._command(line) for line in self._commands(part))

    def _commands(self, part: str) -> list[str]:
        text = dict(_PART.findall(playbooks()[self.name].text))[part]
        return [line for block in _BLOCK.findall(text) for line in block.splitlines() if line.strip()]

    def _command(self, line: str) -> str:
        program, *arguments = (self._filled(word) for word in shlex.split(line))
        act = {"fullhouse": self._fullhouse, "make": self._make}[program]
        deadline = time.monotonic() + PATIENCE
        code, said = act(arguments)
        while code != 0 and line.startswith(_TRIED_AGAIN) and time.monotonic() < deadline:
            time.sleep(_PAUSE)
            code, said = act(arguments)
        assert code == 0 or line.startswith(_TELLS), f"{line}: {said}"
        return said

    def _fullhouse(self, arguments: list[str]) -> tuple[int, str]:
        """With the installation's environment; files that it makes are left beside the installation's."""
        layout = self.stack.layout
        done = command_line.fullhouse(*arguments, environ=environment.of_operator(layout), where=layout.state)
        return done.returncode, f"{done.stdout}{done.stderr}"

    def _make(self, arguments: list[str]) -> tuple[int, str]:
        """As whoever has called `make up` for this installation."""
        layout = self.stack.layout
        own = {"STATE": str(layout.state), "PORT": str(layout.ports.base)}
        done = subprocess.run(
            ["make", *arguments],
            env={**os.environ, **self.stack.installation.environ, **own},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def _filled(self, word: str) -> str:
        for capital, value in self.words.items():
            word = re.sub(rf"\b{capital}\b", value, word)
        return word


def until(seen: Callable[[], str], *words: str) -> str:
    """What is shown, once all the words are in it."""
    deadline = time.monotonic() + PATIENCE
    while not all(word in (shown := seen()) for word in words):
        assert time.monotonic() < deadline, shown
        time.sleep(_PAUSE)
    return shown
