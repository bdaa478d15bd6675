"""Where backups go, how they are encrypted, and how long they are kept."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, SecretStr, model_validator

from backups.rule import Keeping
from chassis.settings import EnvironSettings, HttpUrl, Section


class BackupSettings(EnvironSettings):
    """What is needed for making and reading backups."""

    section: ClassVar[Section] = Section.BACKUPS

    backup_to: str = Field(
        "",
        pattern=r"^(s3://[a-z0-9.-]{3,63}(/[A-Za-z0-9._/-]*)?|/.*)?$",
        description="where backups are kept: the full path of a folder, or s3://bucket/folder",
    )
    backup_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="the key that backups are encrypted with, 32 characters or more; keep it elsewhere, too: nobody "
        "can read them without it. Where it is not set, whoever keeps a backup can read it",
    )
    backup_s3_endpoint: HttpUrl | None = Field(
        None, description="the address of the S3-compatible server, when it is not Amazon's"
    )
    backup_s3_region: str = Field("us-east-1", description="the region of the bucket")
    backup_s3_access_key_id: str | None = Field(None, description="the id of the access key of the bucket")
    backup_s3_secret_access_key: SecretStr | None = Field(None, description="the access key of the bucket")
    backup_keep_daily: int = Field(
        7, ge=1, le=366, description="of how many days the newest backup is kept; of the last 24 hours, all"
    )
    backup_keep_weekly: int = Field(4, ge=0, le=520, description="of how many weeks the newest backup is kept")
    backup_keep_monthly: int = Field(6, ge=0, le=120, description="of how many months the newest backup is kept")

    @property
    def keeping(self) -> Keeping:
        return Keeping(daily=self.backup_keep_daily, weekly=self.backup_keep_weekly, monthly=self.backup_keep_monthly)

    @model_validator(mode="after")
    def _keys_for_a_bucket(self) -> Self:
        given = (self.backup_s3_access_key_id, self.backup_s3_secret_access_key)
        if self.backup_to.startswith("s3://") and None in given:
            raise ValueError(
                "BACKUP_TO names a bucket: set BACKUP_S3_ACCESS_KEY_ID and BACKUP_S3_SECRET_ACCESS_KEY as well."
            )
        return self
