"""Named points at which a test makes this process die, as abruptly as in a power cut.

`FULLHOUSE_CRASH_AT=relay.after_ack` kills the process the first time it passes that point. With
`relay.after_ack=/path/to/marker` it does so only while the marker file doesn't exist, and creates it first, so that a
supervised process dies once and stays up after its restart. Never in live mode.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "FULLHOUSE_CRASH_AT"


def crashpoint(name: str, environ: Mapping[str, str] = os.environ) -> None:
    """Kills this process with SIGKILL when the environment names the point; else does nothing, at almost no cost."""
    wanted = environ.get(VARIABLE)
    if wanted is None or environ.get("FULLHOUSE_MODE") == "live":
        return
    point, _, marker = wanted.partition("=")
    if point != name or (marker and not _claim(Path(marker))):
        return
    os.kill(os.getpid(), signal.SIGKILL)


def _claim(marker: Path) -> bool:
    """True for the one process that creates the marker."""
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    return True
