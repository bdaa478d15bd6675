"""What can go wrong with a backup, as a sentence for whoever asked."""

from __future__ import annotations

import errno
from typing import Final

# What to do about one that is no good.
OTHERS: Final = "`fullhouse backup list` shows the others."


class BackupError(Exception):
    """A backup can't be made, read or loaded; the message is a sentence that says what to do."""


def said_of_storage(error: Exception, where: str) -> BackupError:
    """The sentence for a place that takes or gives nothing."""
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return BackupError(f"{where} is full: free some space and try again. Nothing half made was kept.")
    reason = getattr(error, "strerror", None) or type(error).__name__
    return BackupError(f"{where} can't be used: {reason}. Look at BACKUP_TO and what belongs to it.")
