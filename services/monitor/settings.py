from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from chassis.settings import HostSettings, HttpUrl, PublicUrlSettings, TokenSigningSettings
from monitor.proof.domain import Pace


class MonitorSettings(HostSettings, PublicUrlSettings, TokenSigningSettings):
    """What the monitor needs; it alone holds the private key of sign-in tokens (C-12)."""

    service: ClassVar[str] = "monitor"

    checkout_url: HttpUrl | None = Field(None, description="checkout's internal address, such as http://127.0.0.1:8001")
    inventory_url: HttpUrl | None = Field(
        None, description="inventory's internal address, such as http://127.0.0.1:8002"
    )
    notifier_url: HttpUrl | None = Field(
        None, description="the notifier's internal address, such as http://127.0.0.1:8003"
    )
    invariants_every_seconds: float = Field(
        60, gt=0, description="how many seconds lie between two looks at whether the services agree"
    )
    invariants_settling_seconds: float = Field(
        300, ge=0, description="how many seconds old something must be before the services are to agree on it"
    )
    database_pool_size: int = Field(4, ge=2, le=100, description="the number of connections to the database")

    @property
    def addresses(self) -> dict[str, str]:
        """Of the services whose digests are compared; one that has none is not judged."""
        given = {"checkout": self.checkout_url, "inventory": self.inventory_url, "notifier": self.notifier_url}
        return {service: url for service, url in given.items() if url is not None}

    @property
    def proof_pace(self) -> Pace:
        return Pace(
            every=timedelta(seconds=self.invariants_every_seconds),
            settling=timedelta(seconds=self.invariants_settling_seconds),
        )
