"""Whom the nemesis touches."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.chaos.nemesis import family


def test_a_process_and_what_descends_from_it() -> None:
    with subprocess.Popen(["sh", "-c", "sleep 60 & wait"]) as shell:
        try:
            while len(found := list(family(shell.pid))) < 2:
                pass
            assert found[0] == shell.pid
            assert os.getpid() not in found
        finally:
            for pid in reversed(found):
                os.kill(pid, 9)


@pytest.mark.parametrize("nobody", [0, 1])
def test_a_program_without_a_number_is_nobody_and_never_ourselves(nobody: int) -> None:
    assert list(family(nobody)) == []
