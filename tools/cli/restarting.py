"""Restarts services that `make up` runs."""

from __future__ import annotations

import os
import subprocess
import sys

from cli.environment import ROOT, SURROUNDINGS, has_state
from cli.errors import CommandError

_OF_THE_INSTALLATION = ("STATE", "PORT")


def restart(service: str) -> None:
    """As `make restart` does: returns when a new process, with what is set now, has taken the place of the old one.

    It has a session of its own: what a person stops meanwhile is the waiting, and never a restart half-way.
    """
    if not has_state(os.environ):
        raise CommandError(f"`make up` runs nothing here: restart {service} with what runs it.")
    known = (*SURROUNDINGS, *_OF_THE_INSTALLATION, "PYTHONPATH")
    with subprocess.Popen(  # noqa: S603 the words are ours
        [sys.executable, "-m", "stack", "restart", service],
        env={name: os.environ[name] for name in known if name in os.environ},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as restarting:
        _, said = restarting.communicate()
    if restarting.returncode:
        raise CommandError(said.strip() or f"{service} did not come back: look at `make status`.")
