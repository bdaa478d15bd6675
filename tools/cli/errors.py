"""What ends a command: one sentence for the person at the keyboard, and an exit code that scripts can use."""

from __future__ import annotations

import errno
from typing import Final

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
# Something could not be looked at, so that nothing is said of it.
EXIT_UNREAD: Final = 3


class CommandError(Exception):
    """The command could not do its work; shown without a traceback, exit code 1."""

    exit_code = EXIT_FAILED


class UsageError(CommandError):
    """What was asked for, or how this machine is configured, makes no sense; exit code 2."""

    exit_code = EXIT_USAGE


class UnreadError(CommandError):
    """Something could not be looked at, so that nothing is said of it; exit code 3."""

    exit_code = EXIT_UNREAD


def said_of_files(error: OSError) -> str:
    """The sentence for something that the system could not read or write, standard output among it."""
    where = error.filename or "The output"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"{where} can't be written: the disk is full. Free some space and try again."
    return f"{where} can't be used: {error.strerror or error}."
