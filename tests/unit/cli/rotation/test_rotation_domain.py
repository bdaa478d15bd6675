"""A rotation is three changes of a list: the new value behind, before, alone. Nothing that was made becomes refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from chassis.encryption import Vault, new_encryption_key
from chassis.keys import PublicKeys, SigningKey
from cli.rotation.domain import Stage, kinds

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OLDER = NOW - timedelta(days=30)
SERVICE, AUTH, TICKETS = (kinds()[name] for name in ("SERVICE_TOKEN_KEY", "AUTH_SIGNING_KEY", "TICKET_SIGNING_KEY"))

pytestmark = pytest.mark.proves("O-9")


def test_the_new_value_comes_behind_then_before_the_old_one() -> None:
    accepted = SERVICE.accepted(["old"])
    assert (accepted[0], len(accepted[1])) == ("old", 64)
    assert SERVICE.used(accepted) == [accepted[1], "old"]
    assert SERVICE.set_to([accepted[1]], {"SERVICE_TOKEN_KEY": "old"}) == {"SERVICE_TOKEN_KEY": accepted[1]}


@pytest.mark.parametrize(
    ("known", "stage"),
    [
        ([OLDER], Stage.RESTING),
        ([OLDER, NOW], Stage.ACCEPTED),
        ([NOW, OLDER], Stage.USED),
        ([OLDER, NOW, OLDER - timedelta(days=1)], Stage.ACCEPTED),
    ],
)
def test_where_a_rotation_stands_is_seen_by_which_value_is_newer(known: list[datetime], stage: Stage) -> None:
    assert SERVICE.stage(known) is stage


def test_the_old_value_is_kept_as_long_as_what_it_made_is_shown() -> None:
    assert AUTH.kept_until(NOW, now=NOW + timedelta(minutes=64)) == NOW + timedelta(minutes=65)
    assert AUTH.kept_until(NOW, now=NOW + timedelta(minutes=65)) is None


def test_an_old_encryption_key_goes_as_soon_as_nothing_is_under_it() -> None:
    kind = kinds()["ENCRYPTION_KEY"]
    assert kind.encrypts
    assert kind.kept_until(NOW, now=NOW) is None
    assert len(Vault([SecretStr(value) for value in kind.accepted([new_encryption_key()])]).key_id or "") == 16


def test_old_ticket_keys_stay_and_are_no_rotation_under_way() -> None:
    assert TICKETS.stage([NOW, OLDER]) is Stage.RESTING
    first = SigningKey.generate("tickets1").export()
    values = TICKETS.used(TICKETS.accepted([first]))
    again = TICKETS.accepted(values)
    assert [SigningKey.parse(value).key_id for value in again] == ["tickets2", "tickets3", "tickets1"]


def test_public_halves_follow_and_those_without_a_private_one_stay() -> None:
    old, long_gone = SigningKey.generate("auth1"), SigningKey.generate("auth0")
    known = {
        "AUTH_SIGNING_KEY": old.export(),
        "AUTH_PUBLIC_KEYS": PublicKeys({**old.public_keys().keys, **long_gone.public_keys().keys}).export(),
    }
    both = AUTH.set_to(AUTH.accepted([old.export()]), known)
    assert set(PublicKeys.parse(both["AUTH_PUBLIC_KEYS"]).keys) == {"auth0", "auth1", "auth2"}
    turned = AUTH.set_to(AUTH.used(both["AUTH_SIGNING_KEY"].split(",")), both)
    assert turned["AUTH_PUBLIC_KEYS"] == both["AUTH_PUBLIC_KEYS"], "who only verifies has nothing to learn"
    alone = AUTH.set_to(AUTH.alone(turned["AUTH_SIGNING_KEY"].split(",")), turned)
    assert set(PublicKeys.parse(alone["AUTH_PUBLIC_KEYS"]).keys) == {"auth0", "auth2"}
    assert SigningKey.parse(alone["AUTH_SIGNING_KEY"]).key_id == "auth2"
