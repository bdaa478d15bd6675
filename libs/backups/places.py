"""Where backups are kept: a folder, or a bucket of any S3-compatible server. A file appears whole or not at all."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from backups.errors import BackupError, said_of_storage
from backups.sealing import PIECE
from backups.settings import BackupSettings

if TYPE_CHECKING:
    from obstore.store import S3Config

# The end of a file's name while it is written.
_UNFINISHED = ".part"
_SECONDS = "30s"


class Place(Protocol):
    """Keeps files by names such as `20261129T030000Z-3fa2/checkout.dump`. Raises BackupError."""

    async def names(self) -> Sequence[str]:
        """Of all files, those of interrupted writes among them where the place keeps such."""
        ...

    async def write(self, name: str, pieces: AsyncIterator[bytes]) -> None:
        """Writes a file; what it raises, or `pieces` raises, leaves none."""
        ...

    def read(self, name: str) -> AsyncIterator[bytes]:
        """A file's bytes."""
        ...

    async def remove(self, name: str) -> None:
        """Removes a file; one that isn't there does no harm."""
        ...


def place_of(settings: BackupSettings) -> Place:
    """The place that the settings name; raises BackupError where they name none."""
    if not settings.backup_to:
        raise BackupError("BACKUP_TO is not set: set it to the full path of a folder, or to s3://bucket/folder.")
    if settings.backup_to.startswith("s3://"):
        return Bucket(settings)
    return Folder(Path(settings.backup_to))


class Folder:
    """A folder of this machine, or one that is mounted there; only its owner can read what is in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __str__(self) -> str:
        return str(self._folder)

    async def names(self) -> Sequence[str]:
        try:
            return await asyncio.to_thread(self._names)
        except OSError as error:
            raise said_of_storage(error, str(self)) from error

    def _names(self) -> Sequence[str]:
        return sorted(str(path.relative_to(self._folder)) for path in self._folder.glob("*/*") if path.is_file())

    async def write(self, name: str, pieces: AsyncIterator[bytes]) -> None:
        path = self._folder / name
        unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}{_UNFINISHED}")
        try:
            await asyncio.to_thread(_make_folder, path.parent)
            await _written(unfinished, pieces)
            await asyncio.to_thread(_finish, unfinished, path)
        except OSError as error:
            raise said_of_storage(error, str(self)) from error
        finally:
            with suppress(OSError):
                unfinished.unlink()
            with suppress(OSError):
                path.parent.rmdir()  # where nothing came of it

    async def read(self, name: str) -> AsyncIterator[bytes]:
        try:
            with (self._folder / name).open("rb") as file:
                while piece := await asyncio.to_thread(file.read, PIECE):
                    yield piece
        except OSError as error:
            raise said_of_storage(error, str(self._folder / name)) from error

    async def remove(self, name: str) -> None:
        path = self._folder / name
        try:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        except OSError as error:
            raise said_of_storage(error, str(path)) from error
        with suppress(OSError):
            path.parent.rmdir()


class Bucket:
    """A bucket of an S3-compatible server; an upload that is broken off leaves no object."""

    def __init__(self, settings: BackupSettings) -> None:
        parts = urlsplit(settings.backup_to)
        self._address = settings.backup_to
        self._store = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            config=_access(settings),
            client_options={"allow_http": True, "timeout": _SECONDS, "connect_timeout": "5s"},
            retry_config={"max_retries": 3},
        )

    def __str__(self) -> str:
        return self._address

    async def names(self) -> Sequence[str]:
        try:
            found = [str(meta["path"]) async for page in obstore.list(self._store) for meta in page]
        except (BaseError, OSError) as error:
            raise said_of_storage(error, str(self)) from error
        return sorted(found)

    async def write(self, name: str, pieces: AsyncIterator[bytes]) -> None:
        try:
            await obstore.put_async(self._store, name, pieces, use_multipart=True)
        except (BaseError, OSError) as error:
            raise said_of_storage(error, str(self)) from error

    async def read(self, name: str) -> AsyncIterator[bytes]:
        try:
            found = await obstore.get_async(self._store, name)
            async for piece in found.stream(min_chunk_size=PIECE):
                yield bytes(piece)
        except (BaseError, OSError) as error:
            raise said_of_storage(error, f"{self}/{name}") from error

    async def remove(self, name: str) -> None:
        try:
            await obstore.delete_async(self._store, name)
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise said_of_storage(error, str(self)) from error


def _access(settings: BackupSettings) -> S3Config:
    config: S3Config = {"region": settings.backup_s3_region}
    if settings.backup_s3_endpoint:
        config["endpoint"] = settings.backup_s3_endpoint
    if settings.backup_s3_access_key_id and settings.backup_s3_secret_access_key:
        config["access_key_id"] = settings.backup_s3_access_key_id
        config["secret_access_key"] = settings.backup_s3_secret_access_key.get_secret_value()
    return config


def _make_folder(folder: Path) -> None:
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


async def _written(path: Path, pieces: AsyncIterator[bytes]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        async for piece in pieces:
            await asyncio.to_thread(file.write, piece)
        await asyncio.to_thread(_to_disk, file)


def _to_disk(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _finish(unfinished: Path, path: Path) -> None:
    """The name is on the disk, too, before anybody relies on it."""
    unfinished.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
