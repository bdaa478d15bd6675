"""Each value of a secret is told once, with who has it, and an old one is found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chassis.secret_uses import SecretUse
from cli.doctor.check import State
from cli.doctor.secrets import secrets_judged
from cli.secret_ages import ages

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.proves("O-9")


def use(name: str, fingerprint: str, *, place: int = 0, days: int = 1) -> SecretUse:
    since = NOW - timedelta(days=days)
    return SecretUse(name, fingerprint, place, since, since)


USES = {
    "checkout": [use("DATABASE_URL", "c"), use("SERVICE_TOKEN_KEY", "new"), use("SERVICE_TOKEN_KEY", "old", place=1)],
    "inventory": [use("DATABASE_URL", "i", days=91), use("SERVICE_TOKEN_KEY", "new", days=2)],
    "monitor": None,
}


def test_a_value_is_told_once_with_all_who_have_it() -> None:
    assert [(each.name, each.used, each.services, each.age(NOW).days) for each in ages(USES)] == [
        ("DATABASE_URL", True, ("checkout",), 1),
        ("DATABASE_URL", True, ("inventory",), 91),
        ("SERVICE_TOKEN_KEY", True, ("checkout", "inventory"), 2),
        ("SERVICE_TOKEN_KEY", False, ("checkout",), 1),
    ]


@pytest.mark.proves("O-2")
def test_the_doctor_names_old_secrets_and_what_is_not_known() -> None:
    aged = secrets_judged(ages(USES), silent=["monitor"], now=NOW)
    assert (aged.state, "DATABASE_URL (91 days)" in aged.detail) == (State.NOTE, True)
    assert "SERVICE_TOKEN_KEY" not in aged.detail
    young = {"checkout": USES["checkout"]}
    assert secrets_judged(ages(young), silent=[], now=NOW).state is State.WELL
    assert "not known of monitor" in secrets_judged(ages(young), silent=["monitor"], now=NOW).detail
