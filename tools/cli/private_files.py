"""Files that only their owner may read."""

from __future__ import annotations

import os
from pathlib import Path


def private_file(path: Path, text: str, *, owner: tuple[int, int] | None = None) -> None:
    """Readers see the old content or the new, and nobody else sees any.

    owner: whose the file is in place of the caller's, as user and group; only root can give one away
    """
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        if owner is not None:
            os.fchown(file.fileno(), *owner)
        file.write(text)
    fresh.replace(path)
