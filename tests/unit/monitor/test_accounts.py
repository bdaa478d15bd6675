"""The pure part of sign-in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from chassis.ids import uuid7
from chassis.tokens import Role
from monitor.accounts.domain import (
    AccountError,
    Session,
    User,
    check_password,
    made_password,
    made_refresh_token,
    normal_email,
    session_named,
    slowed_down,
)
from monitor.accounts.page import local_path
from monitor.accounts.passwords import Passwords
from monitor.accounts.service import SignInAttempt
from tests.unit.monitor.samples import NOW

pytestmark = pytest.mark.proves("C-12")


@pytest.mark.parametrize("target", ["/dashboards/operations?city=dallas", "/", "/alerts#a1"])
@pytest.mark.proves("W-2")
def test_signing_in_leads_back_to_where_the_person_was(target: str) -> None:
    assert local_path(target) == target


@pytest.mark.parametrize(
    "target",
    ["https://evil.example.com/", "//evil.example.com", "/\\evil.example.com", "javascript:alert(1)", "", "/a\r\nX: y"],
)
def test_but_never_to_somebody_elses_site(target: str) -> None:
    assert local_path(target) == "/"


@pytest.mark.parametrize("text", ["pat", "pat@", "@example.com", "pat@example", "a b@example.com", "a@b\n.com"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(AccountError):
        normal_email(text)


def test_addresses_are_kept_in_lower_case() -> None:
    assert normal_email("  Pat.Doe@Example.COM ") == "pat.doe@example.com"


def test_made_passwords_are_good_enough() -> None:
    check_password(made_password())
    with pytest.raises(AccountError, match="12 to 256"):
        check_password("short")


@pytest.mark.proves("X-5")
def test_failures_count_for_email_and_address_together_and_for_the_email() -> None:
    one = SignInAttempt.of("Pat@example.com ", address="2001:db8:1:2::9").subjects
    same = SignInAttempt.of("pat@example.com", address="2001:db8:1:2::77").subjects
    elsewhere = SignInAttempt.of("pat@example.com", address="127.0.0.1").subjects
    assert one == same
    assert (one.pair != elsewhere.pair, one.email == elsewhere.email) == (True, True)


@pytest.mark.proves("X-5")
def test_an_email_that_many_guess_at_is_slowed_down_and_never_closed() -> None:
    delays = [slowed_down(failures) for failures in (0, 9, 10, 11, 12, 15, 1_000_000)]
    assert delays[:2] == [timedelta(0)] * 2
    assert delays[2:] == sorted(delays[2:])
    assert delays[2] < delays[3]
    assert delays[-1] == timedelta(seconds=5)


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaa",
        "passwordpassword",
        "qwertyuiopas",
        "123456789012",
        "fullhouse2026",
        "pat@example.com1",
        "a" * 256,
    ],
)
def test_passwords_that_a_list_would_find_are_refused_with_a_reason(password: str) -> None:
    with pytest.raises(AccountError, match=r"Choose another password: .+\."):
        check_password(password, email="pat@example.com")


def test_a_refresh_token_names_its_session_and_nothing_else_does() -> None:
    session_id = uuid7()
    assert session_named(made_refresh_token(session_id)) == session_id
    for text in ("", "x.y", session_id.hex, f"{session_id}.x", f"{session_id.hex[:-1]}\u0661.x"):
        assert session_named(text) is None


def test_a_session_ends_by_disuse_by_age_and_by_order() -> None:
    user = User(
        user_id=uuid7(), email="pat@example.com", role=Role.VIEWER, provider=None, password_hash="", disabled=False
    )
    facts = {"session_id": uuid7(), "user": user, "refresh_hash": b"", "former_hash": None}

    def alive(*, used: timedelta, made: timedelta, ended: bool = False) -> bool:
        session = Session(created_at=NOW - made, used_at=NOW - used, ended=ended, **facts)  # type: ignore[arg-type]
        return session.alive(NOW)

    assert alive(used=timedelta(hours=11), made=timedelta(days=6))
    assert not alive(used=timedelta(hours=13), made=timedelta(days=1))
    assert not alive(used=timedelta(hours=1), made=timedelta(days=8))
    assert not alive(used=timedelta(0), made=timedelta(0), ended=True)


@pytest.mark.asyncio
async def test_passwords_are_hashed_with_argon2_and_nobody_has_none() -> None:
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    hashed = await passwords.hash("correct horse battery")
    assert hashed.startswith("$argon2id$")
    assert await passwords.matches("correct horse battery", hashed)
    assert not await passwords.matches("wrong", hashed)
    assert not await passwords.matches("nobody's password", None)
    assert not await passwords.matches("x", "not a hash")
