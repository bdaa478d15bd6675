"""What only the parts read that are not services: the gateway, and what starts the stores."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, SecretStr

from chassis.settings import EnvironSettings, Networks, Section


class GatewaySettings(EnvironSettings):
    """What the gateway is told."""

    trusted_proxies: Networks = Field(
        (),
        description="networks (CIDR, comma-separated) whose X-Forwarded-For the gateway believes",
    )


class EmbeddedSettings(EnvironSettings):
    """What the stores and the first administrator are made with. No service sees it."""

    section: ClassVar[Section] = Section.EMBEDDED

    postgres_password: SecretStr = Field(description="the password of the database server's own user")
    database_password_checkout: SecretStr = Field(description="the password of checkout's role")
    database_password_inventory: SecretStr = Field(description="the password of inventory's role")
    database_password_notifier: SecretStr = Field(description="the password of the notifier's role")
    database_password_monitor: SecretStr = Field(description="the password of the monitor's role")
    database_password_scratch: SecretStr = Field(
        description="the password of the role that makes databases in which backups are tried out"
    )
    admin_email: str = Field(description="the e-mail address of the first administrator")
    admin_password: SecretStr = Field(
        description="the first administrator's password; one who is there keeps the password they have"
    )

    @property
    def database_passwords(self) -> dict[str, str]:
        """By service."""
        passwords = {
            "checkout": self.database_password_checkout,
            "inventory": self.database_password_inventory,
            "notifier": self.database_password_notifier,
            "monitor": self.database_password_monitor,
        }
        return {service: password.get_secret_value() for service, password in passwords.items()}
