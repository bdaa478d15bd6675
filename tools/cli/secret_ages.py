"""The secrets that services use, as their databases remember them: since when, and never a value."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from cli.environment import SERVICES

if TYPE_CHECKING:
    from chassis.secret_uses import SecretUse
    from config import MeasuredRule

_FIGURE: Final = "secret_age"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretAge:
    """A value of a secret, and who has it.

    name: the variable
    used: whether it is the value that is used; another is only accepted
    services: who has it
    first_used_at: when the first of them first knew it
    fingerprint: tells values from each other, and nothing of what they are
    """

    name: str
    used: bool
    services: tuple[str, ...]
    first_used_at: datetime
    fingerprint: str

    def age(self, now: datetime) -> timedelta:
        """How long it has been known."""
        return max(now - self.first_used_at, timedelta(0))


async def uses_of_all(environ: Mapping[str, str]) -> dict[str, list[SecretUse] | None]:
    """What each service's newest process knows; None where its database does not tell."""
    found = await asyncio.gather(*(uses_of(environ, service) for service in SERVICES))
    return dict(zip(SERVICES, found, strict=True))


def ages(uses: Mapping[str, Sequence[SecretUse] | None]) -> list[SecretAge]:
    """Each value once, by name; the used one first."""
    found: dict[tuple[str, int, str], dict[str, datetime]] = {}
    for service, each in uses.items():
        for use in each or ():
            found.setdefault((use.name, use.place, use.fingerprint), {})[service] = use.first_used_at
    return [
        SecretAge(
            name=name,
            used=place == 0,
            services=tuple(since),
            first_used_at=min(since.values()),
            fingerprint=fingerprint,
        )
        for (name, place, fingerprint), since in sorted(found.items())
    ]


def rule_of_age(environ: Mapping[str, str]) -> MeasuredRule | None:
    """The rule of alert-rules.yaml that says when a secret is old, and the strictest of several; raises ConfigError."""
    from cli.files import config_folder
    from config.loading import load_alert_rules

    rules = load_alert_rules(config_folder(environ)).rules.values()
    return min((rule for rule in rules if rule.figure == _FIGURE), key=lambda rule: rule.limit.value, default=None)


def is_old(each: SecretAge, *, rule: MeasuredRule | None, now: datetime) -> bool:
    """Whether it is used and should be replaced."""
    return each.used and rule is not None and rule.breached(each.age(now).total_seconds())


async def uses_of(environ: Mapping[str, str], service: str) -> list[SecretUse] | None:
    """What a service's newest process knows; None where its database does not tell."""
    from chassis import secret_uses
    from chassis.database import DatabaseError
    from chassis.errors import Unavailable
    from cli import connections

    try:
        async with connections.database(environ, service) as opened:
            return await secret_uses.read(opened)
    except (Unavailable, DatabaseError):
        return None
