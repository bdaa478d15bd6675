"""Has checkout encrypt what it keeps anew under the first key of ENCRYPTION_KEY (docs/adr/0019)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from cli.admin import call
from cli.output import progress

AT_ONCE: Final = 50
_PATH: Final = "/api/admin/connections/rotate-keys"
_PAUSE_SECONDS: Final = 0.5


def encrypt_anew(known: Mapping[str, str], *, at_once: int = AT_ONCE) -> int:
    """How many connections were encrypted anew, until none is left under another key. Raises CommandError for one that
    no key of checkout's opens.
    """
    rotated, left = 0, 1
    while left:
        done = call(known, "POST", _PATH, role="admin", body={"at_most": at_once})
        rotated, left = rotated + done["rotated"], done["left"]
        if left:
            progress(f"{rotated} encrypted anew, {left} left …")
            # Those that are left when nothing was done are being changed by somebody.
            time.sleep(0 if done["rotated"] else _PAUSE_SECONDS)
    return rotated
