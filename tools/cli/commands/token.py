"""`fullhouse token`: a short-lived bearer token, signed on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from cli.choices import ROLES, role_named
from cli.output import JsonOption

if TYPE_CHECKING:
    from chassis.tokens import Role


def token(
    *,
    role: Annotated[str, typer.Option(metavar=ROLES, help="What its bearer may do.")] = "admin",
    email: Annotated[str, typer.Option(help="Whom it names; by default the role at AUTHORIZED_DOMAIN.")] = "",
    provider: Annotated[str, typer.Option(help="The provider's id, for the role provider.")] = "",
    minutes: Annotated[int, typer.Option(min=1, max=60, help="How long it is good.")] = 15,
    as_json: JsonOption = False,
) -> None:
    """Print a token for the admin API: -H "Authorization: Bearer $(fullhouse token)"."""
    from datetime import UTC, datetime, timedelta

    from cli.environment import environ
    from cli.errors import UsageError
    from cli.output import result
    from cli.settings import CommandSettings

    granted = role_named(role)
    if (granted == "provider") != bool(provider):
        raise UsageError("The role provider and --provider belong together: give both or neither.")
    values, lifetime = environ(), timedelta(minutes=minutes)
    named = email or f"{granted}@{CommandSettings.from_environ(values).domain}"
    signed = sign(values, email=named, role=granted, provider=provider or None, lifetime_minutes=minutes)
    facts = {"token": signed, "role": granted, "email": named, "expiresAt": datetime.now(UTC) + lifetime}
    result(facts, signed, as_json=as_json)


def sign(
    environ: Mapping[str, str], *, email: str, role: Role, provider: str | None = None, lifetime_minutes: int = 15
) -> str:
    """A token signed with AUTH_SIGNING_KEY."""
    from datetime import timedelta

    from chassis.keys import SigningKey
    from chassis.tokens import TokenSigner
    from cli.environment import need
    from cli.errors import UsageError

    try:
        key, *_ = SigningKey.parse_all(need(environ, "AUTH_SIGNING_KEY", use="signing tokens"))
    except ValueError as error:
        raise UsageError(f"AUTH_SIGNING_KEY is wrong: {error}.") from None
    lifetime = timedelta(minutes=lifetime_minutes)
    return TokenSigner(key).issue(email, email=email, role=role, provider=provider, lifetime=lifetime)
