"""Ports that nobody else is given, while nothing listens there yet."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from stack.processes import can_bind, free_ports

DRAW = """
import random, sys
from stack.processes import free_ports
random.seed(int(sys.argv[1]))
print(free_ports().base)
"""


def _drawn_elsewhere(seed: int) -> int:
    """The base that a process of its own gets, which has ended."""
    return int(
        subprocess.run([sys.executable, "-c", DRAW, str(seed)], capture_output=True, check=True, text=True).stdout
    )


@pytest.fixture(params=range(3))
def seed(request: pytest.FixtureRequest) -> int:
    return random.Random(request.param).randrange(2**32)


def test_two_processes_that_draw_alike_get_different_ports(seed: int) -> None:
    state = random.getstate()
    random.seed(seed)
    ours = free_ports()
    random.setstate(state)

    assert all(can_bind(port) for port in ours.named().values())
    assert _drawn_elsewhere(seed) != ours.base
