"""Named points at which a test lets this process die, as abruptly as a power cut.

`FULLHOUSE_CRASH_AT=relay.after_ack` kills the process the first time it passes that point. With
`relay.after_ack=/path/to/marker` it does so only while the marker file doesn't exist, and makes it first, so that a
supervised process dies once and comes back for good. Never in live mode.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "FULLHOUSE_CRASH_AT"


def crashpoint(name: str, environ: Mapping[str, str] = os.environ) -> None:
    """SIGKILL the own process when the environment names this point; nothing else, and almost free."""
    wanted = environ.get(VARIABLE)
    if wanted is None or environ.get("FULLHOUSE_MODE") == "live":
        return
    point, _, marker = wanted.partition("=")
    if point != name or (marker and not _claim(Path(marker))):
        return
    os.kill(os.getpid(), signal.SIGKILL)


def _claim(marker: Path) -> bool:
    """True for the one process that makes the marker."""
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    return True
