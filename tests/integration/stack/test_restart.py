"""A service is restarted by a new process beside the old one, which stays where the new one does not come up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stack import environment
from stack.control import answers
from stack.errors import PartFailedError
from stack.parts import places
from stack.supervision import Program
from tests.fixtures.stack import WholeStack

PART = "notifier"
# As `fullhouse secrets rotate` does it.
WAITS = f"from cli.restarting import restart; restart({PART!r})"
PATIENCE = 60


def _at_work(stack: WholeStack) -> Program:
    assert answers(stack.layout.ports.service(PART), "/readyz")
    return stack.installation.supervisor.program(PART)


@pytest.mark.proves("L-10")
def test_the_new_process_takes_over_or_the_old_one_stays(everything_runs: WholeStack) -> None:
    stack = everything_runs
    old = _at_work(stack)
    environment.set_extras(stack.layout, PART, {"SMS_TARGET_NUMBERS": "nobody"})
    with pytest.raises(PartFailedError, match="SMS_TARGET_NUMBERS"):
        stack.restart(PART)
    assert _at_work(stack) == old
    environment.set_extras(stack.layout, PART, {})
    _begin_and_stop_waiting(stack, old)
    _until_ended(stack, old)
    stack.wait_ready(PART)
    new = _at_work(stack)
    assert new.program != old.program
    assert [program.name for program in stack.installation.supervisor.programs()].count(PART) == 1


@pytest.mark.proves("L-10")
def test_it_is_a_fork_of_what_was_imported_until_there_is_another_code(everything_runs: WholeStack) -> None:
    stack = everything_runs
    stack.restart(PART)
    assert _forked(stack)
    installed = Path(sys.prefix, f"fullhouse-{os.getpid()}.stamp")
    installed.touch()
    try:
        stack.restart(PART)
        assert not _forked(stack)
    finally:
        installed.unlink()
    stack.kill(PART)
    stack.wait_ready(PART)
    assert _forked(stack)


def _forked(stack: WholeStack) -> bool:
    """A program that was executed has its interpreter's name before its own."""
    named = Path("/proc", str(_at_work(stack).pid), "cmdline").read_text()
    assert f"fullhouse run {PART}" in named.replace("\0", " ")
    return not named.startswith(sys.executable)


def _begin_and_stop_waiting(stack: WholeStack, old: Program) -> None:
    """A person presses Ctrl-C while a restart is half-way: it goes on without them."""
    supervisor, beside = stack.installation.supervisor, next(name for name in places(PART) if name != old.program)
    values = environment.of_operator(stack.layout)
    with subprocess.Popen([sys.executable, "-c", WAITS], env=values, start_new_session=True) as person:
        while supervisor.ended(beside):
            assert person.poll() is None
            time.sleep(0.05)
        os.killpg(person.pid, signal.SIGINT)


def _until_ended(stack: WholeStack, old: Program) -> None:
    deadline = time.monotonic() + PATIENCE
    while not stack.installation.supervisor.ended(old.program):
        assert time.monotonic() < deadline
        time.sleep(0.05)
