"""Checks a backup without loading it: every byte is there and as it was written, and it opens with the key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Final

from backups.creating import Watch
from backups.errors import OTHERS, BackupError
from backups.library import Library
from backups.manifest import Manifest, Part

# How pg_dump's own form begins.
_ARCHIVE: Final = b"PGDMP"


async def check(library: Library, manifest: Manifest, part: Part, *, watch: Watch) -> None:
    """Reads a part to its end; raises BackupError for the first thing that is wrong with it."""
    whole = Checked(manifest, part, library.stored(manifest, part), watch)
    began = b""
    async for piece in library.opened(manifest, part, whole.pieces()):
        began = began or piece[: len(_ARCHIVE)]
    if began != _ARCHIVE:
        raise BackupError(f"{whole.what} is no dump of PostgreSQL. {OTHERS}")


class Checked:
    """A part's bytes, compared with the manifest when the last one has passed."""

    def __init__(self, manifest: Manifest, part: Part, stored: AsyncIterator[bytes], watch: Watch) -> None:
        self.what = f"{manifest.name}/{part.file}"
        self._part = part
        self._stored = stored
        self._watch = watch

    async def pieces(self) -> AsyncIterator[bytes]:
        """Raises BackupError at the end, where they aren't those that were written."""
        size, found = 0, sha256()
        async for piece in self._stored:
            size += len(piece)
            found.update(piece)
            self._watch(self._part.service, size)
            yield piece
        if size != self._part.size:
            raise BackupError(
                f"{self.what} is damaged: it has {size} bytes, and {self._part.size} were written. {OTHERS}"
            )
        if found.hexdigest() != self._part.sha256:
            raise BackupError(f"{self.what} is damaged: its bytes are not those that were written. {OTHERS}")
