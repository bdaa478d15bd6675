"""Groups of variables; configuration.md is their table."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from chassis.keys import PublicKeys, SigningKey
from chassis.money import is_currency
from chassis.settings.base import CommaList, EnvironSettings, Mode

Network = IPv4Network | IPv6Network


def _networks(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(ip_network(part.strip(), strict=False) for part in value.split(",") if part.strip())


def _zone(name: object) -> object:
    if not isinstance(name, str):
        return name
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}; write an IANA name such as America/New_York") from None


def _http_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("write an address such as https://tickets.example.com")
    return url.rstrip("/")


def _public_keys(text: object) -> object:
    return PublicKeys.parse(text) if isinstance(text, str) else text


def _signing_key(text: object) -> object:
    return SigningKey.parse(text) if isinstance(text, str) else text


def _postgres_url(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise ValueError("write it as postgresql://user:password@host:port/name")
    return url


def _currency(code: str) -> str:
    if not is_currency(code):
        raise ValueError("write an ISO 4217 code in upper case, such as USD")
    return code


Networks = Annotated[tuple[Network, ...], BeforeValidator(_networks)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
VerifyingKeys = Annotated[PublicKeys, BeforeValidator(_public_keys)]
PrivateKey = Annotated[SigningKey, BeforeValidator(_signing_key)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_postgres_url)]
CurrencyCode = Annotated[str, AfterValidator(_currency)]


def is_loopback(url: str) -> bool:
    """Whether an address can only be this machine's."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class ModeSettings(EnvironSettings):
    """The mode, which every group may ask for."""

    fullhouse_mode: Mode = Field(description="the mode: sandbox, test or live")

    @property
    def mode(self) -> Mode:
        return self.fullhouse_mode

    @property
    def sandboxed(self) -> bool:
        return self.fullhouse_mode is Mode.SANDBOX


class ServiceSettings(ModeSettings):
    """What each of the four services needs. A subclass sets `service`."""

    service: ClassVar[str]
    stand_ins: ClassVar[Mapping[str, str]] = {"BUSINESS_TIMEZONE": "America/New_York"}

    port: int = Field(8000, ge=1, le=65535, description="the number of the port where the service listens")
    config_dir: Path = Field(Path("deploy/config"), description="the folder of the business's YAML files")
    business_timezone: Zone = Field(description="the business's IANA time zone, such as America/New_York")
    currency: CurrencyCode = Field("USD", description="the default currency, ISO 4217")
    auth_public_keys: VerifyingKeys = Field(
        description="the public keys of sign-in tokens, comma-separated, each keyid:base64 of 32 bytes"
    )
    service_token_key: SecretStr = Field(min_length=32, description="the key of internal calls, 32 characters or more")
    metrics_token: SecretStr | None = Field(None, description="the bearer token for reading /api/metrics")
    metrics_allowed_networks: Networks = Field((), description="networks (CIDR, comma-separated) that may read metrics")
    cors_origins: CommaList = Field((), description="origins whose pages may call the API, comma-separated")
    otel_exporter_otlp_endpoint: HttpUrl | None = Field(None, description="the address of an OTLP/HTTP collector")
    fullhouse_slot: str = Field("0", pattern=r"^[A-Za-z0-9-]{1,40}$", description="the process's number among its kind")

    @model_validator(mode="after")
    def _metrics_readable(self) -> Self:
        if self.metrics_token is None and not self.metrics_allowed_networks:
            raise ValueError(
                "Neither METRICS_TOKEN nor METRICS_ALLOWED_NETWORKS is set. Set one of them, so that only your "
                "monitoring can read /api/metrics."
            )
        return self


class PublicUrlSettings(ModeSettings):
    public_url: HttpUrl = Field(description="the address under which people and vendors reach this installation")

    @model_validator(mode="after")
    def _secure(self) -> Self:
        if not self.public_url.startswith("https://") and not (self.sandboxed and is_loopback(self.public_url)):
            raise ValueError(
                "PUBLIC_URL is wrong: it must begin with https://. Only in sandbox mode, on this machine's loopback, "
                "may it be http."
            )
        return self


class DatabaseSettings(ModeSettings):
    """DATABASE_URL, or DATABASE_URL_<SERVICE> where one environment serves all."""

    database_url: DatabaseUrl = Field(description="the service's own database, postgresql://user:password@host/name")

    @classmethod
    def _candidates(cls, field: str) -> tuple[str, ...]:
        if field == "database_url" and (service := getattr(cls, "service", None)):
            return (f"DATABASE_URL_{service.upper()}", "DATABASE_URL")
        return super()._candidates(field)


class KafkaSettings(ModeSettings):
    """Names as Kafka's own clients have them."""

    kafka_bootstrap_servers: CommaList = Field(min_length=1, description="Kafka's host:port, comma-separated")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        None, description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
    )
    kafka_sasl_username: str | None = Field(None, description="the user at Kafka")
    kafka_sasl_password: SecretStr | None = Field(None, description="the user's password at Kafka")
    kafka_ssl_cafile: Path | None = Field(None, description="the file with the CA certificates for Kafka")
    kafka_topic_prefix: str = Field(
        "", pattern=r"^[A-Za-z0-9._-]{0,100}$", description="text before every topic and group name (E-9)"
    )

    @model_validator(mode="after")
    def _sasl_complete(self) -> Self:
        given = (self.kafka_sasl_mechanism, self.kafka_sasl_username, self.kafka_sasl_password)
        if self.kafka_security_protocol.startswith("SASL") and None in given:
            raise ValueError(
                f"KAFKA_SECURITY_PROTOCOL is {self.kafka_security_protocol}: set KAFKA_SASL_MECHANISM, "
                "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD as well."
            )
        return self

    @model_validator(mode="after")
    def _authorities_readable(self) -> Self:
        path = self.kafka_ssl_cafile
        if path is not None and not path.is_file():
            raise ValueError(f"KAFKA_SSL_CAFILE names {path}, which is no file. Name the CA's certificates (PEM).")
        return self


class HostSettings(ServiceSettings, DatabaseSettings, KafkaSettings):
    """What a process with a database and the event bus needs."""


class SandboxSettings(ModeSettings):
    """SANDBOX_URL, where the stand-ins of the vendors are."""

    sandbox_url: HttpUrl | None = Field(None, description="the sandbox's address, such as http://127.0.0.1:8090")

    @model_validator(mode="after")
    def _only_in_sandbox_mode(self) -> Self:
        if self.sandboxed and self.sandbox_url is None:
            raise ValueError("SANDBOX_URL is not set. In sandbox mode set it to the sandbox's address.")
        if not self.sandboxed and self.sandbox_url is not None:
            raise ValueError(f"SANDBOX_URL is set in {self.mode} mode. Unset it, or set FULLHOUSE_MODE=sandbox.")
        return self


class InventoryClientSettings(ModeSettings):
    inventory_url: HttpUrl = Field(description="inventory's internal address, such as http://127.0.0.1:8002")


class TokenSigningSettings(ModeSettings):
    """Only the monitor has this one (C-12)."""

    auth_signing_key: PrivateKey = Field(description="the private key of sign-in tokens, keyid:base64 of 32 bytes")


class TicketSigningSettings(ModeSettings):
    """Only checkout has this one (I-3)."""

    ticket_signing_key: PrivateKey = Field(description="the private key of ticket codes, keyid:base64 of 32 bytes")


class TicketVerifyingSettings(ModeSettings):
    ticket_public_keys: VerifyingKeys = Field(
        description="the public keys of ticket codes, comma-separated, each keyid:base64 of 32 bytes"
    )
