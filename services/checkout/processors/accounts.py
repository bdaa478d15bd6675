"""Accounts at external processors, and what calls for them are made with. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What calls for one connected account are made with. Secrets print as asterisks, and are masked in logs.

    account_id: the processor's id of the account
    place: where in the account payments are taken, as Square's location; empty where there are no such places
    access_token: what calls carry
    refresh_token: what a new access token is got with; None: there will be none
    expires_at: when the access token ends; None: it does not by itself
    """

    account_id: str
    place: str = ""
    access_token: SecretStr
    refresh_token: SecretStr | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Ourselves, as a processor knows us: whoever connects an account permits this application to use it.

    client_id: its public id
    client_secret: what proves that it is us
    access_token: the application's own, for what belongs to no account, as Square's webhook subscriptions; or None
    """

    client_id: str
    client_secret: SecretStr
    access_token: SecretStr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What an account's owner came back with from the processor's page (OAuth).

    code: what the credentials are given for
    redirect_uri: where the owner was sent to, as the page was told
    verifier: what the code challenge was made of (RFC 7636); None where none was sent
    """

    code: SecretStr
    redirect_uri: str
    verifier: SecretStr | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalAccount:
    """A connected account, as its processor has it now.

    account_id: the processor's id of it
    name: what its owner calls it
    currency: what it takes, ISO 4217, upper case
    can_charge: whether it may take payments
    can_refund: whether it may give payments back
    commission_at_source: whether our commission can be kept back at source, with these credentials
    details_submitted: whether its owner has told the processor all it asks for
    """

    account_id: str
    name: str
    currency: str
    can_charge: bool
    can_refund: bool
    commission_at_source: bool
    details_submitted: bool
