"""Groups of variables that processes share; each process composes its settings from them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic.config import JsonDict

from chassis.settings.base import NEEDED, EnvironSettings, ModeSettings, Section
from chassis.settings.forms import (
    CommaList,
    CommaSecrets,
    DatabaseUrl,
    EncryptionKeys,
    HttpUrl,
    LongSecrets,
    Networks,
    Origins,
    PrivateKeys,
    VerifyingKeys,
    Zone,
    is_loopback,
)
from chassis.settings.oidc import OidcSettings

_WITH_SASL: Final[JsonDict] = {NEEDED: "with SASL"}


class ListeningSettings(EnvironSettings):
    """Where a process listens; `make up` and Docker Compose set it."""

    port: int = Field(8000, ge=1, le=65535, description="the number of the port where the process listens")


class TelemetrySettings(EnvironSettings):
    """Where traces and log lines go; without an address or a folder nowhere but to stdout."""

    otel_exporter_otlp_endpoint: HttpUrl | None = Field(None, description="the address of an OTLP/HTTP collector")
    log_dir: Path | None = Field(
        None, description="the folder in which log lines are kept: errors 90 days, warnings 30, the rest 7"
    )


class TimeZoneSettings(ModeSettings):
    """The business's time zone, which decides what "today" is and when it opens."""

    stand_ins: ClassVar[Mapping[str, str]] = {"BUSINESS_TIMEZONE": "America/New_York"}

    business_timezone: Zone = Field(description="the business's IANA time zone, such as America/New_York")


class AccessSettings(ModeSettings):
    """The keys that check callers, and who may read the metrics."""

    section: ClassVar[Section] = Section.KEYS

    auth_public_keys: VerifyingKeys = Field(
        description="the public keys of sign-in tokens, comma-separated, each keyid:base64 of 32 bytes"
    )
    service_token_key: LongSecrets = Field(
        description="the key of internal calls, 32 characters or more; two, comma-separated, during a rotation"
    )
    metrics_token: CommaSecrets = Field(
        (),
        description="the bearer token for reading /api/metrics; two, comma-separated, during a rotation",
        json_schema_extra={NEEDED: "this or METRICS_ALLOWED_NETWORKS"},
    )
    metrics_allowed_networks: Networks = Field(
        (),
        description="networks (CIDR, comma-separated) that may read /api/metrics",
        json_schema_extra={NEEDED: "this or METRICS_TOKEN"},
    )

    @model_validator(mode="after")
    def _metrics_readable(self) -> Self:
        if not self.metrics_token and not self.metrics_allowed_networks:
            raise ValueError(
                "Neither METRICS_TOKEN nor METRICS_ALLOWED_NETWORKS is set. Set one of them, so that only your "
                "monitoring can read /api/metrics."
            )
        return self


class RateSettings(EnvironSettings):
    """How often strangers may ask and write (X-5)."""

    section: ClassVar[Section] = Section.LIMITS

    public_reads_per_minute: int = Field(600, ge=1, description="how many requests a minute one address may read with")
    public_writes_per_minute: int = Field(
        60, ge=1, description="how many requests a minute one address may write with where no token is needed"
    )


class ServiceSettings(ListeningSettings, TelemetrySettings, AccessSettings, OidcSettings, RateSettings):
    """What each of the four services needs. A subclass sets `service`."""

    service: ClassVar[str]

    config_dir: Path = Field(Path("deploy/config"), description="the folder of the business's YAML files")
    gateway_networks: Networks = Field(
        (),
        description="networks (CIDR, comma-separated) where the gateway is, whose word on clients' addresses counts; "
        "on this machine's loopback it always does",
    )
    cors_origins: Origins = Field((), description="origins whose pages may call the API, comma-separated")
    fullhouse_slot: str = Field(
        "0",
        pattern=r"^[A-Za-z0-9-]{1,40}$",
        description="the process's number among its kind; two live processes of a service never share one",
    )


class DomainSettings(EnvironSettings):
    """Where the business's own people are."""

    authorized_domain: CommaList = Field(
        (),
        description="the business's e-mail domains, comma-separated: whose people may open seats; what `fullhouse` "
        "does is done by somebody at the first",
        json_schema_extra={NEEDED: "for opening seats"},
    )


class PublicUrlSettings(ModeSettings):
    """The gateway's address, as people and vendors know it."""

    public_url: HttpUrl = Field(description="the address under which people and vendors reach this installation")

    @model_validator(mode="after")
    def _secure(self) -> Self:
        if not self.public_url.startswith("https://") and not (
            self.sandboxed and is_loopback(urlsplit(self.public_url).hostname or "")
        ):
            raise ValueError(
                "PUBLIC_URL is wrong: it must begin with https://. Only in sandbox mode, on this machine's loopback, "
                "may it be http."
            )
        return self


class DatabaseSettings(ModeSettings):
    """DATABASE_URL, or DATABASE_URL_<SERVICE> where one environment serves all."""

    section: ClassVar[Section] = Section.STORES

    database_url: DatabaseUrl = Field(
        description="the service's own database, postgresql://user:password@host:port/name",
        json_schema_extra={NEEDED: "this, or the service's below"},
    )

    @classmethod
    def variables(cls, field: str) -> tuple[str, ...]:
        if field == "database_url" and (service := getattr(cls, "service", None)):
            return (f"DATABASE_URL_{service.upper()}", "DATABASE_URL")
        return super().variables(field)


class KafkaSettings(ModeSettings):
    """How Kafka is reached; the names are those of Kafka's own clients."""

    section: ClassVar[Section] = Section.STORES

    kafka_bootstrap_servers: CommaList = Field(min_length=1, description="Kafka's host:port, comma-separated")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="how Kafka is reached: PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        None,
        description="how the user is known to Kafka: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512",
        json_schema_extra=_WITH_SASL,
    )
    kafka_sasl_username: str | None = Field(None, description="the user at Kafka", json_schema_extra=_WITH_SASL)
    kafka_sasl_password: SecretStr | None = Field(
        None, description="the user's password at Kafka", json_schema_extra=_WITH_SASL
    )
    kafka_ssl_cafile: Path | None = Field(None, description="the file with the CA certificates for Kafka")
    kafka_topic_prefix: str = Field(
        "", pattern=r"^[A-Za-z0-9._-]{0,100}$", description="text before every topic and group name"
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


class HostSettings(ServiceSettings, DatabaseSettings, KafkaSettings, TimeZoneSettings):
    """What a process with a database and the event bus needs."""


class SandboxUrlSettings(ModeSettings):
    """Where the sandbox's stand-ins for vendors are; only in sandbox mode."""

    section: ClassVar[Section] = Section.SANDBOX

    sandbox_url: HttpUrl | None = Field(
        None,
        description="the sandbox's address, such as http://127.0.0.1:8090",
        json_schema_extra={NEEDED: "in sandbox mode"},
    )

    @model_validator(mode="after")
    def _only_in_sandbox_mode(self) -> Self:
        if self.sandboxed and self.sandbox_url is None:
            raise ValueError("SANDBOX_URL is not set. In sandbox mode set it to the sandbox's address.")
        if not self.sandboxed and self.sandbox_url is not None:
            raise ValueError(f"SANDBOX_URL is set in {self.mode} mode. Unset it, or set FULLHOUSE_MODE=sandbox.")
        return self


class InventoryClientSettings(ModeSettings):
    """Where inventory serves internal calls."""

    inventory_url: HttpUrl = Field(description="inventory's internal address, such as http://127.0.0.1:8002")


class CheckoutAddressSettings(EnvironSettings):
    """Where checkout serves internal calls, for who compares with it."""

    checkout_url: HttpUrl | None = Field(None, description="checkout's internal address, such as http://127.0.0.1:8001")


class TokenSigningSettings(ModeSettings):
    """The key that signs sign-in tokens; only the monitor has it (C-12)."""

    section: ClassVar[Section] = Section.KEYS

    auth_signing_key: PrivateKeys = Field(
        description="the private key of sign-in tokens, keyid:base64 of 32 bytes; two, comma-separated, during a "
        "rotation"
    )


class CurrencySettings(EnvironSettings):
    """The currency of sums and amounts that name none."""

    currency: str = Field("USD", pattern=r"^[A-Z]{3}$", description="the installation's currency (ISO 4217)")


class TicketSigningSettings(ModeSettings):
    """The key that signs ticket codes; only checkout has it (I-3)."""

    section: ClassVar[Section] = Section.KEYS

    ticket_signing_key: PrivateKeys = Field(
        description="the private key of ticket codes, keyid:base64 of 32 bytes; behind it, comma-separated, earlier "
        "ones, with which only links to their orders are opened"
    )


class EncryptionSettings(ModeSettings):
    """The keys of what the database keeps encrypted."""

    section: ClassVar[Section] = Section.KEYS

    encryption_key: EncryptionKeys = Field(
        (),
        description="the key with which credentials of providers' processors are encrypted, base64 of 32 bytes; behind "
        "it, comma-separated, earlier ones, which only decrypt",
    )


class TicketVerifyingSettings(ModeSettings):
    """The keys that check ticket codes."""

    section: ClassVar[Section] = Section.KEYS

    ticket_public_keys: VerifyingKeys = Field(
        description="the public keys of ticket codes, comma-separated, each keyid:base64 of 32 bytes"
    )
