"""The secrets of a connection as values, and as the bytes that are encrypted. Pure; nothing here shows one."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self
from urllib.parse import quote

from pydantic import SecretStr

from chassis.telemetry.masking import REDACTED, mask_text
from checkout.processors.accounts import Credentials

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{8,}+={0,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSecrets:
    """What must never be seen of a connection; its `repr` shows nothing.

    pasted: what a person pasted, by the processor's names for it, such as access_token
    credentials: what the processor is called with; None until it was asked what the pasted ones are good for
    webhook_secret: with which its webhooks are signed; None without any
    """

    pasted: Mapping[str, SecretStr] = field(repr=False)
    credentials: Credentials | None = field(default=None, repr=False)
    webhook_secret: SecretStr | None = field(default=None, repr=False)

    def to_bytes(self) -> bytes:
        """As it is encrypted."""
        found = {
            "pasted": {name: value.get_secret_value() for name, value in self.pasted.items()},
            "credentials": _plain(self.credentials) if self.credentials else None,
            "webhook_secret": _text(self.webhook_secret),
        }
        return json.dumps(found).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` gave."""
        found = json.loads(data)
        return cls(
            pasted={name: SecretStr(value) for name, value in found["pasted"].items()},
            credentials=_credentials(found["credentials"]) if found.get("credentials") else None,
            webhook_secret=_secret(found["webhook_secret"]),
        )

    def without_secrets(self, text: str) -> str:
        """What a processor has said, without any of these in it, also as addresses and base64 have them."""
        given = [*self.pasted.values(), self.webhook_secret]
        if self.credentials:
            given += [self.credentials.access_token, self.credentials.refresh_token]
        own = [secret.get_secret_value() for secret in given if secret is not None]
        for secret in own:
            text = text.replace(secret, REDACTED).replace(quote(secret, safe=""), REDACTED)
        packed = _BASE64.sub(lambda found: REDACTED if _holds(found.group(), own) else found.group(), text)
        return mask_text(packed)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnection:
    """What a person gives to connect an account by hand.

    provider_id: whose it is
    processor: where
    account_id, account_name: as the person knows them
    secrets: what it is used with
    """

    provider_id: int
    processor: str
    account_id: str | None = None
    account_name: str | None = None
    secrets: ConnectionSecrets


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionChange:
    """What a person changes of a connection; None leaves a value as it is.

    account_id, account_name: the account's
    credentials: all new ones, in the place of those that there are
    webhook_secret: with which the processor signs the webhooks that it sends to our address
    """

    account_id: str | None = None
    account_name: str | None = None
    credentials: Mapping[str, SecretStr] | None = field(default=None, repr=False)
    webhook_secret: SecretStr | None = field(default=None, repr=False)

    def secrets(self, before: ConnectionSecrets) -> ConnectionSecrets:
        """The secrets after it."""
        return ConnectionSecrets(
            pasted=before.pasted if self.credentials is None else self.credentials,
            credentials=before.credentials if self.credentials is None else None,
            webhook_secret=self.webhook_secret or before.webhook_secret,
        )


def _holds(packed: str, secrets: Iterable[str]) -> bool:
    """Whether what may be base64 is that of more with a secret in it, such as a name and a password."""
    standard = packed.rstrip("=").replace("-", "+").replace("_", "/")
    # One sign more than whole bytes have is none of it.
    whole = standard[: len(standard) - (len(standard) % 4 == 1)]
    plain = base64.b64decode(whole + "=" * (-len(whole) % 4))
    return any(secret.encode() in plain for secret in secrets)


def _plain(credentials: Credentials) -> dict[str, str | None]:
    ends = credentials.expires_at
    return {
        "account_id": credentials.account_id,
        "place": credentials.place,
        "access_token": _text(credentials.access_token),
        "refresh_token": _text(credentials.refresh_token),
        "expires_at": ends.isoformat() if ends else None,
    }


def _credentials(found: Mapping[str, str]) -> Credentials:
    ends = found["expires_at"]
    return Credentials(
        account_id=found["account_id"],
        place=found["place"],
        access_token=SecretStr(found["access_token"]),
        refresh_token=_secret(found["refresh_token"]),
        expires_at=datetime.fromisoformat(ends) if ends else None,
    )


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _secret(text: str | None) -> SecretStr | None:
    return SecretStr(text) if text is not None else None
