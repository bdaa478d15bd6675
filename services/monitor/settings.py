from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from chassis.settings import HostSettings, PublicUrlSettings, TokenSigningSettings


class MonitorSettings(HostSettings, PublicUrlSettings, TokenSigningSettings):
    """What the monitor needs; it alone holds the private key of sign-in tokens (C-12)."""

    service: ClassVar[str] = "monitor"

    database_pool_size: int = Field(4, ge=2, le=100, description="the number of connections to the database")
