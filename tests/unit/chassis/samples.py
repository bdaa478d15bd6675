"""Keys and settings that the chassis's tests share."""

from __future__ import annotations

from typing import ClassVar

from chassis.keys import SigningKey
from chassis.settings import HostSettings, ServiceSettings, SlackSettings

AUTH_KEY = SigningKey.generate("auth-1")
SERVICE_KEY = "k" * 32
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"

ENVIRON = {
    "FULLHOUSE_MODE": "sandbox",
    "AUTH_PUBLIC_KEYS": AUTH_KEY.public_keys().export(),
    "SERVICE_TOKEN_KEY": SERVICE_KEY,
    "METRICS_TOKEN": "scrape-me",
}


class SampleSettings(ServiceSettings):
    service: ClassVar[str] = "checkout"


def sample_settings(**variables: str) -> SampleSettings:
    return SampleSettings.from_environ({**ENVIRON, **variables})


class SampleHostSettings(HostSettings, SlackSettings):
    """A process's, with the secrets of a vendor."""

    service: ClassVar[str] = "checkout"


def host_settings(**variables: str) -> SampleHostSettings:
    return SampleHostSettings.from_environ(
        {
            **ENVIRON,
            "DATABASE_URL": "postgresql://u:p@127.0.0.1/checkout",
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
            "SANDBOX_URL": "http://127.0.0.1:8090",
            **variables,
        }
    )
