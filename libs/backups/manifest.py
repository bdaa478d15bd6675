"""What is in a backup, as the manifest says it, and the signature that holds the manifest together."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Final, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError

from backups.errors import OTHERS, BackupError
from backups.sealing import BackupKey

NAME: Final = "manifest.json"
FORM: Final = 1


# It is part of the SQL that compares a loaded database with the manifest.
TableName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Snapshot(_Model):
    """A service's database at the moment of its snapshot; what a service of another release adds is ignored."""

    model_config = ConfigDict(extra="ignore")

    service: Annotated[str, Field(description="whose database it is", pattern=r"^[a-z]{1,30}$")]
    taken_at: Annotated[AwareDatetime, Field(description="the moment, by the database's clock")]
    postgres: Annotated[str, Field(description="the server's version")]
    migration: Annotated[str, Field(description="the newest migration in it")]
    rows: Annotated[Mapping[TableName, NonNegativeInt], Field(description="how many rows each table has")]
    clusters: Annotated[tuple[str, ...], Field(description="the Kafka clusters on which its offsets have a meaning")]
    offsets: Annotated[
        Mapping[str, Mapping[str, int]],
        Field(description="by group, then by topic/partition, the offset at which the group goes on"),
    ]


class Part(Snapshot):
    """A service's file."""

    file: Annotated[str, Field(description="its name beside the manifest", pattern=r"^[a-z]{1,30}\.dump(\.sealed)?$")]
    size: Annotated[int, Field(ge=0, description="the bytes of the file as it is kept")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="of the file as it is kept")]


class Manifest(_Model):
    """A backup."""

    form: Annotated[int, Field(description="the form of this document")] = FORM
    name: Annotated[str, Field(pattern=r"^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{4}$", description="the backup's name")]
    made_at: Annotated[AwareDatetime, Field(description="when it was begun")]
    version: Annotated[str, Field(description="the version of Fullhouse that made it")]
    key: Annotated[str | None, Field(description="the fingerprint of the key it is encrypted with; null without one")]
    parts: Annotated[tuple[Part, ...], Field(min_length=1, description="its files")]

    @property
    def services(self) -> tuple[str, ...]:
        """Whose databases it has."""
        return tuple(part.service for part in self.parts)

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(part.size for part in self.parts)

    def part(self, service: str) -> Part:
        """A service's part; raises BackupError."""
        found = next((part for part in self.parts if part.service == service), None)
        if found is None:
            raise BackupError(f"Backup {self.name} has nothing of {service}.")
        return found

    def write(self, key: BackupKey | None) -> bytes:
        """The document with its seal: a signature when there is a key, else a checksum."""
        body = self.model_dump(mode="json")
        return json.dumps({"manifest": body, "seal": _seal(body, key)}, indent=1).encode()

    @classmethod
    def read(cls, text: bytes, *, name: str, key: BackupKey | None) -> Self:
        """The manifest of the backup `name`; raises BackupError for one that is damaged, changed, or another's."""
        try:
            document = json.loads(text)
            body, seal = document["manifest"], str(document["seal"])
            manifest = cls.model_validate(body)
        except (ValueError, KeyError, TypeError, ValidationError):
            raise BackupError(f"The manifest of backup {name} is damaged. {OTHERS}") from None
        if manifest.form != FORM:
            raise BackupError(f"Backup {name} is of a form that this version does not know: use a newer version.")
        if manifest.key is not None:
            key = manifest.require(key)
        if not hmac.compare_digest(seal, _seal(body, key if manifest.key else None)) or manifest.name != name:
            raise BackupError(f"The manifest of backup {name} is not as it was written. {OTHERS}")
        return manifest

    def require(self, key: BackupKey | None) -> BackupKey:
        """The key it is encrypted with; raises BackupError when that is not the one given."""
        if key is None:
            raise BackupError(f"Backup {self.name} is encrypted: set BACKUP_KEY to the key it was made with.")
        if key.fingerprint != self.key:
            raise BackupError(f"Backup {self.name} was encrypted with another BACKUP_KEY: set that one.")
        return key


def _seal(body: Mapping[str, Any], key: BackupKey | None) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    return key.sign(text) if key else sha256(text).hexdigest()


def backup_name(moment: datetime, mark: str) -> str:
    """`20261129T030000Z-3fa2`: sorts by time."""
    return f"{moment:%Y%m%dT%H%M%SZ}-{mark}"
