"""Each value of a secret is told once, with who has it, and an old one is found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.secret_uses import SecretUse
from cli.doctor.check import State
from cli.doctor.secrets import secrets_judged
from cli.secret_ages import ages, is_old, rule_of_age

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

SHIPPED = rule_of_age({})

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
    aged = secrets_judged(ages(USES), rule=SHIPPED, silent=["monitor"], now=NOW)
    assert "older than 90 days" in aged.detail
    assert (aged.state, "DATABASE_URL (91 days)" in aged.detail) == (State.NOTE, True)
    assert "SERVICE_TOKEN_KEY" not in aged.detail
    young = {"checkout": USES["checkout"]}
    assert secrets_judged(ages(young), rule=SHIPPED, silent=[], now=NOW).state is State.WELL
    assert "not known of monitor" in secrets_judged(ages(young), rule=SHIPPED, silent=["monitor"], now=NOW).detail


@pytest.mark.parametrize(("limit", "names"), [("2d", {"DATABASE_URL"}), ("1d", {"DATABASE_URL", "SERVICE_TOKEN_KEY"})])
def test_what_is_old_says_the_rule_that_raises_the_alert(tmp_path: Path, limit: str, names: set[str]) -> None:
    shipped = Path("deploy/config/alert-rules.yaml").read_text()
    (tmp_path / "alert-rules.yaml").write_text(shipped.replace("above: 90d", f"above: {limit}"))
    rule = rule_of_age({"CONFIG_DIR": str(tmp_path)})
    assert {each.name for each in ages(USES) if is_old(each, rule=rule, now=NOW)} == names


def test_where_no_rule_asks_nothing_is_old() -> None:
    assert secrets_judged(ages(USES), rule=None, silent=[], now=NOW).state is State.WELL
