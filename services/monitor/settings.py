"""What the monitor reads from its environment."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import Field

from backups.settings import BackupSettings
from chassis.settings import (
    CheckoutAddressSettings,
    CommaList,
    CurrencySettings,
    DatabaseUrl,
    EnvironSettings,
    HostSettings,
    HttpUrl,
    PublicUrlSettings,
    Seconds,
    Section,
    TokenSigningSettings,
)
from monitor.proof.domain import Pace


class ServiceAddressesSettings(CheckoutAddressSettings):
    """Where the services are whose digests are compared and whose figures are read.

    One that has no address is not judged.
    """

    inventory_url: HttpUrl | None = Field(
        None, description="inventory's internal address, such as http://127.0.0.1:8002"
    )
    notifier_url: HttpUrl | None = Field(
        None, description="the notifier's internal address, such as http://127.0.0.1:8003"
    )

    metrics_addresses: CommaList = Field(
        (),
        description="further host:port, comma-separated, where processes serve their figures; METRICS_TOKEN is sent to "
        "these and to the services' own addresses only",
    )

    @property
    def metrics_at(self) -> frozenset[str]:
        """Where METRICS_TOKEN may be sent, as host:port."""
        return frozenset({urlsplit(url).netloc for url in self.addresses.values()} | set(self.metrics_addresses))

    @property
    def addresses(self) -> dict[str, str]:
        """By service, those that are set."""
        given = {"checkout": self.checkout_url, "inventory": self.inventory_url, "notifier": self.notifier_url}
        return {service: url for service, url in given.items() if url is not None}


class ScratchSettings(EnvironSettings):
    """Where a backup is loaded to prove that it can be."""

    section: ClassVar[Section] = Section.BACKUPS

    backup_scratch_url: DatabaseUrl | None = Field(
        None,
        description="a database server's address with a role that may make databases and sees no other one, for the "
        "weekly proof that the newest backup can be loaded",
    )


class MonitorPaceSettings(EnvironSettings):
    """How often the monitor looks, and how much it does at once."""

    section: ClassVar[Section] = Section.LIMITS

    invariants_every: Seconds = Field(
        timedelta(minutes=1),
        gt=timedelta(0),
        description="how many seconds lie between two looks at whether the services agree",
    )
    invariants_settling: Seconds = Field(
        timedelta(minutes=5),
        ge=timedelta(0),
        description="how many seconds old something must be before the services are to agree on it",
    )
    database_pool_size: int = Field(4, ge=2, le=100, description="the number of connections to the database")

    @property
    def proof_pace(self) -> Pace:
        return Pace(every=self.invariants_every, settling=self.invariants_settling)


class MonitorSettings(
    HostSettings,
    PublicUrlSettings,
    TokenSigningSettings,
    ServiceAddressesSettings,
    CurrencySettings,
    MonitorPaceSettings,
    BackupSettings,
    ScratchSettings,
):
    """What the monitor needs; it alone holds the private key of sign-in tokens (C-12)."""

    service: ClassVar[str] = "monitor"
