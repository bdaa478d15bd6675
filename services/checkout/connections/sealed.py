"""The secrets of a connection as values, and as the bytes that are encrypted. Pure; nothing here shows one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from pydantic import SecretStr

from chassis.telemetry.masking import REDACTED, mask_text
from checkout.processors.domain import Credentials


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
        """What a processor has said, without any of these in it."""
        own = [*self.pasted.values(), self.webhook_secret]
        if self.credentials:
            own += [self.credentials.access_token, self.credentials.refresh_token]
        for secret in own:
            if secret is not None:
                text = text.replace(secret.get_secret_value(), REDACTED)
        return mask_text(text)


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
