"""All backups of an installation: what there is, what can be read, and what is over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

from backups.errors import BackupError
from backups.manifest import NAME, Manifest, Part
from backups.places import Place, place_of
from backups.rule import Keeping, outlived
from backups.sealing import BackupKey
from backups.settings import BackupSettings

Pieces = AsyncIterator[bytes]
# What has no manifest is being made, or was broken off; after this long nobody makes it any more.
_UNFINISHED: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A backup in the list.

    name: the backup
    manifest: what is in it; None when that can't be read
    trouble: why it can't be, as a sentence
    """

    name: str
    manifest: Manifest | None
    trouble: str = ""


class Library:
    """Keeps backups in a place, encrypted where there is a key. Raises BackupError."""

    def __init__(self, place: Place, *, key: BackupKey | None = None) -> None:
        self._place = place
        self.key = key

    @classmethod
    def of(cls, settings: BackupSettings) -> Self:
        """The one that the settings name."""
        secret = settings.backup_key
        return cls(place_of(settings), key=BackupKey(secret.get_secret_value()) if secret else None)

    def __str__(self) -> str:
        return str(self._place)

    async def all(self) -> list[Listed]:
        """Every finished backup, the newest first."""
        names = {file.partition("/")[0] for file in await self._place.names() if file.endswith(f"/{NAME}")}
        return [await self._listed(name) for name in sorted(names, reverse=True)]

    async def get(self, name: str) -> Manifest:
        """The backup of this name."""
        files = await self._place.names()
        if f"{name}/{NAME}" not in files:
            raise BackupError(
                f"There is no backup {name} in {self._place}. `fullhouse backup list` shows what there is."
            )
        return await self._manifest(name)

    async def newest(self, services: Collection[str]) -> Manifest:
        """The newest one that has all these services; one that can't be read is not passed over in silence."""
        for each in await self.all():
            if each.manifest is None or set(services) <= set(each.manifest.services):
                return await self._manifest(each.name)
        raise BackupError(
            f"There is no backup in {self._place} of {', '.join(services)} yet. `fullhouse backup create` makes one."
        )

    async def write(self, name: str, pieces: Pieces, *, through: Callable[[Pieces], Pieces]) -> None:
        """Writes a file, encrypted; what is kept goes `through` a count."""
        sealed = self.key.seal(pieces, name=name) if self.key else pieces
        await self._place.write(name, through(sealed))

    def stored(self, manifest: Manifest, part: Part) -> Pieces:
        """A part's bytes as they are kept."""
        return self._place.read(f"{manifest.name}/{part.file}")

    def opened(self, manifest: Manifest, part: Part, stored: Pieces) -> Pieces:
        """What pg_dump wrote, of a part's bytes as they are kept."""
        if manifest.key is None:
            return stored
        return manifest.require(self.key).open(stored, name=f"{manifest.name}/{part.file}")

    async def publish(self, manifest: Manifest) -> None:
        """Writes the manifest: from now on it is a backup."""
        await self._place.write(f"{manifest.name}/{NAME}", _once(manifest.write(self.key)))

    async def sweep(self, name: str) -> None:
        """Removes whatever there is of a backup, its manifest first."""
        files = [file for file in await self._place.names() if file.startswith(f"{name}/")]
        for file in sorted(files, key=lambda each: not each.endswith(f"/{NAME}")):
            await self._place.remove(file)

    async def prune(self, keeping: Keeping, *, now: datetime, zone: ZoneInfo) -> list[str]:
        """Removes what the rule doesn't keep, and what was broken off; returns the names of removed backups.

        What can't be read is left to a person. One of a single service is measured against its like: it takes no place
        of one that has everything.
        """
        listed = await self.all()
        alike: dict[tuple[str, ...], dict[datetime, str]] = {}
        for each in listed:
            if each.manifest:
                alike.setdefault(each.manifest.services, {})[each.manifest.made_at] = each.name
        removed = sorted(made[moment] for made in alike.values() for moment in outlived(made, keeping, zone=zone))
        for name in (*removed, *await self._broken_off({each.name for each in listed}, now)):
            await self.sweep(name)
        return removed

    async def _broken_off(self, finished: set[str], now: datetime) -> list[str]:
        found = {file.partition("/")[0] for file in await self._place.names()} - finished
        return sorted(name for name in found if (begun := _begun(name)) and now - begun > _UNFINISHED)

    async def _listed(self, name: str) -> Listed:
        try:
            return Listed(name=name, manifest=await self._manifest(name))
        except BackupError as error:
            return Listed(name=name, manifest=None, trouble=str(error))

    async def _manifest(self, name: str) -> Manifest:
        text = b"".join([piece async for piece in self._place.read(f"{name}/{NAME}")])
        return Manifest.read(text, name=name, key=self.key)


async def _once(text: bytes) -> Pieces:
    yield text


def _begun(name: str) -> datetime | None:
    try:
        return datetime.strptime(f"{name.partition('-')[0]}+0000", "%Y%m%dT%H%M%SZ%z")
    except ValueError:
        return None
