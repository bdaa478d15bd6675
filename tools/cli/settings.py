"""What the command line itself reads, and where the settings of each process are."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from backups.settings import BackupSettings
from chassis.settings import DomainSettings, EnvironSettings, HostSettings


class CommandSettings(BackupSettings, DomainSettings):
    """What commands of people read."""

    @property
    def domain(self) -> str:
        """Where the people are who use the command line."""
        return self.authorized_domain[0] if self.authorized_domain else "example.com"


def settings_of(part: str) -> type[EnvironSettings]:
    """The settings class of a service or of the sandbox: `checkout.settings.CheckoutSettings`."""
    found: type[EnvironSettings] = getattr(import_module(f"{part}.settings"), f"{part.capitalize()}Settings")
    return found


def host_settings_of(service: str, environ: Mapping[str, str]) -> HostSettings:
    """The settings of a service, as its start reads them."""
    found = settings_of(service).from_environ(environ)
    assert isinstance(found, HostSettings)  # noqa: S101 each service's is one
    return found
