"""A service is restarted by a new process beside the old one, which stays where the new one does not come up."""

from __future__ import annotations

import pytest

from stack import environment
from stack.control import answers
from stack.errors import PartFailedError
from stack.supervision import Program
from tests.fixtures.stack import WholeStack

PART = "notifier"


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
    stack.restart(PART)
    new = _at_work(stack)
    assert new.program != old.program
    assert [program.name for program in stack.installation.supervisor.programs()].count(PART) == 1
