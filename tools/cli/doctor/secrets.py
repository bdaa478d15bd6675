"""Looks at how old the secrets are that services use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.doctor.check import Examined, Finding, note, well

if TYPE_CHECKING:
    from cli.secret_ages import SecretAge
    from config import MeasuredRule


async def secrets_young(examined: Examined) -> Finding:
    """Asks every service's database since when each secret is used."""
    from cli.secret_ages import ages, rule_of_age, uses_of_all

    rule, uses = rule_of_age(examined.environ), await uses_of_all(examined.environ)
    silent = [service for service, each in uses.items() if not each]
    return secrets_judged(ages(uses), rule=rule, silent=silent, now=datetime.now(UTC))


def secrets_judged(
    found: Sequence[SecretAge], *, rule: MeasuredRule | None, silent: Sequence[str], now: datetime
) -> Finding:
    """`silent`: services of which nothing is known."""
    from cli.secret_ages import is_old

    lines = [f"{each.name}: {each.age(now).days} days at {', '.join(each.services)}" for each in found if each.used]
    older = f"older than {rule.limit}" if rule else "old by any rule"
    if aged := [each for each in found if is_old(each, rule=rule, now=now)]:
        told = ", ".join(dict.fromkeys(f"{each.name} ({each.age(now).days} days)" for each in aged))
        return note(f"{older}: {told}", "fullhouse playbook credential-exposure", lines=lines)
    if silent:
        return note(
            f"not known of {', '.join(silent)}", "It is kept at a service's start: fullhouse status", lines=lines
        )
    return well(f"none of {len({each.name for each in found})} is {older}", lines=lines)
