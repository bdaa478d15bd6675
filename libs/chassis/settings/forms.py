"""The types of variables, each with the sentence for a wrong value."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo

from chassis.encryption import encryption_key
from chassis.keys import PublicKeys, SigningKey
from chassis.phones import parse_phone, region_of
from chassis.variables import comma_list

Network = IPv4Network | IPv6Network


def is_loopback(host: str) -> bool:
    """Whether an address or name can only be this machine's."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _split(value: object) -> object:
    return comma_list(value) if isinstance(value, str) else value


def _networks(value: object) -> object:
    return tuple(ip_network(part, strict=False) for part in comma_list(value)) if isinstance(value, str) else value


def _seconds(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return timedelta(seconds=float(value))
    except (ValueError, OverflowError):
        raise ValueError("write a number of seconds such as 90 or 0.5") from None


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


def _signing_keys(text: object) -> object:
    return SigningKey.parse_all(text) if isinstance(text, str) else text


def _postgres_url(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise ValueError("write it as postgresql://user:password@host:port/name")
    return url


def _phone(value: object, info: ValidationInfo) -> object:
    region = region_of(str(info.data.get(BUSINESS_ZONE, "")))
    return parse_phone(value, region=region) if isinstance(value, str) else value


def _phones(numbers: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    region = region_of(str(info.data.get(BUSINESS_ZONE, "")))
    return tuple(parse_phone(number, region=region) for number in numbers)


def _encryption_keys(keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for key in keys:
        encryption_key(key.get_secret_value())
    return keys


def _origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_origin(each) for each in origins)


def _origin(text: str) -> str:
    """As browsers write it: no slash at the end, in lower case."""
    parts = urlsplit(text.strip().rstrip("/").lower())
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise ValueError(f"{text!r} is no origin; write it such as https://www.example.com")
    return f"{parts.scheme}://{parts.netloc}"


# The field whose country's phone numbers need no country code; it must come before them.
BUSINESS_ZONE: Final = "business_timezone"
CommaList = Annotated[tuple[str, ...], BeforeValidator(_split)]
# Of secrets with two ends there may be several: the first is used, and what was made with any of them is accepted.
CommaSecrets = Annotated[tuple[SecretStr, ...], BeforeValidator(_split)]
Origins = Annotated[CommaList, AfterValidator(_origins)]
EncryptionKeys = Annotated[CommaSecrets, AfterValidator(_encryption_keys)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_postgres_url)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
LongSecrets = Annotated[
    tuple[Annotated[SecretStr, Field(min_length=32)], ...], BeforeValidator(_split), Field(min_length=1)
]
Networks = Annotated[tuple[Network, ...], BeforeValidator(_networks)]
Phone = Annotated[str, BeforeValidator(_phone)]
Phones = Annotated[CommaList, AfterValidator(_phones)]
PrivateKeys = Annotated[tuple[SigningKey, ...], BeforeValidator(_signing_keys)]
# The variable of a field of this form ends in _SECONDS.
Seconds = Annotated[timedelta, BeforeValidator(_seconds)]
VerifyingKeys = Annotated[PublicKeys, BeforeValidator(_public_keys)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
