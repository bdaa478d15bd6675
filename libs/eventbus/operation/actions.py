"""The words by which the audit keeps what people do to letters, groups and the archive."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from chassis.audit import target

ARCHIVE: Final = "archive"
REFUSED_EVENTS: Final = "refused events"


class Action(StrEnum):
    """What was done."""

    REDRIVEN = "letter_redriven"
    DROPPED = "letter_dropped"
    STARTED = "group_started"
    SKIPPED = "group_skipped"
    READ_AGAIN = "group_read_again"
    REPUBLISHED = "archive_republished"
    REFUSED_SENT_AGAIN = "refused_sent_again"
    REFUSED_DROPPED = "refused_dropped"
    JOB_RUN = "job_run"
    JOB_DONE = "job_done"


def letter(letter_id: int) -> str:
    """A dead letter, as the audit's target."""
    return target("letter", letter_id)


def job(name: str) -> str:
    """A job, as the audit's target."""
    return target("job", name)


def group(name: str) -> str:
    """A group, as the audit's target."""
    return target("group", name)
