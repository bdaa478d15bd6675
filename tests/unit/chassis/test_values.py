"""Ids, money, phones, addresses, clock, crash points: the small values that everything stands on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.addresses import believed_address, limiter_key, shorten_address
from chassis.clock import ManualClock, SystemClock
from chassis.crashpoints import crashpoint
from chassis.ids import (
    ALPHABET,
    derived_uuid7,
    display_number,
    parse_short_number,
    short_number,
    time_of,
    uuid7,
    uuid7_of,
)
from chassis.money import Money, format_money, share_of
from chassis.phones import parse_phone, readable_phone, region_of

amounts = st.integers(-(10**12), 10**12)


def test_uuid7_is_unique_and_sorted_by_time() -> None:
    made = [uuid7() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert {each.version for each in made} == {7}
    assert made == sorted(made)


@given(st.integers())
def test_short_numbers_are_read_back_however_they_are_typed(seed: int) -> None:
    number = short_number(Random(seed))
    assert len(number) == 8
    assert set(number) <= set(ALPHABET)
    assert parse_short_number(f" {display_number(number).lower()} ") == number


@pytest.mark.parametrize(
    ("typed", "read"),
    [("7k3m-2qxd", "7K3M2QXD"), ("7K3M 2QXD", "7K3M2QXD"), ("B5ZU2222", "852V2222"), ("7K3M", None)],
)
def test_look_alikes_are_forgiven(typed: str, read: str | None) -> None:
    assert parse_short_number(typed) == read


@pytest.mark.parametrize("typed", ["", "0K3M2QXD", "7K3M2QXDD", "'; drop--"])
def test_what_is_no_number_is_none(typed: str) -> None:
    assert parse_short_number(typed) is None


@given(amounts, amounts)
def test_money_adds_and_subtracts_exactly(one: int, other: int) -> None:
    money = Money(one, "USD") + Money(other, "USD") - Money(other, "USD")
    assert money == Money(one, "USD")
    assert money.major() * 100 == one


@pytest.mark.proves("X-8")
@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(95840, "USD", "$958.40"), (5, "USD", "$0.05"), (-1000, "USD", "-$10.00"), (59900, "JPY", "¥59,900")],
)
def test_money_reads_as_people_write_it(amount: int, currency: str, text: str) -> None:
    assert format_money(Money(amount, currency)) == text


@pytest.mark.parametrize(
    ("amount", "percent", "share"), [(4, 10, 0), (5, 10, 0), (15, 10, 2), (25, 10, 2), (7, "2.5", 0)]
)
def test_half_a_cent_of_a_share_is_rounded_to_even(amount: int, percent: int | str, share: int) -> None:
    assert share_of(amount, Decimal(percent)) == share


def test_money_refuses_what_is_not_money() -> None:
    with pytest.raises(ValueError, match="can't be mixed"):
        Money(1, "USD") + Money(1, "EUR")
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, "usd")
    with pytest.raises(TypeError, match="minor units"):
        Money(1.5, "USD")  # type: ignore[arg-type]


@pytest.mark.proves("N-6")
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+1-352-555-0100", "+13525550100"),
        ("(352) 555-0100", "+13525550100"),
        (" 352.555.0100 ", "+13525550100"),
        ("+44 20 7946 0018", "+442079460018"),
        ("0044 20 7946 0123", "+442079460123"),
        ("(214) 555-0137 ext. 5", "+12145550137"),
        ("352-555-0100 x5", "+13525550100"),
        ("tel:+1-352-555-0100", "+13525550100"),
    ],
)
def test_numbers_become_e164(text: str, number: str) -> None:
    assert parse_phone(text) == number


@pytest.mark.proves("N-6")
def test_a_number_without_a_country_code_is_one_of_the_country() -> None:
    assert parse_phone("020 7946 0123", region=region_of("Europe/London")) == "+442079460123"
    zones = ("America/Chicago", "US/Eastern", "Europe/Kiev", "UTC")
    assert [region_of(zone) for zone in zones] == ["US", "US", "UA", "US"]
    assert readable_phone("call me", region="US") is None
    assert readable_phone(None, region="US") is None


@pytest.mark.proves("N-6")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("+1-555-MANAGER", "placeholder"),
        ("12", "digits"),
        ("", "not a phone number"),
        ("+1-352-555-010000", "digits"),
        ("555-0123", "nobody"),
        ("+1 (555) 555-0123", "nobody"),
        ("0044", "phone number"),
    ],
)
def test_what_is_no_number_is_refused_with_a_reason(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_phone(text)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.7", (), "203.0.113.7"),
        ("203.0.113.7", ("198.51.100.1",), "203.0.113.7"),
        ("127.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("127.0.0.1", ("10.0.0.1, 198.51.100.1",), "127.0.0.1"),
        ("127.0.0.1", ("198.51.100.1", "198.51.100.2"), "127.0.0.1"),
        ("::1", ("2001:db8::1",), "2001:db8::1"),
        ("::ffff:127.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("127.0.0.1", ("<script>",), "127.0.0.1"),
        ("127.0.0.1", (), "127.0.0.1"),
        ("10.244.1.9", ("198.51.100.1",), "198.51.100.1"),
        ("::ffff:10.244.1.9", ("198.51.100.1",), "198.51.100.1"),
        ("10.245.1.9", ("198.51.100.1",), "10.245.1.9"),
        (None, ("198.51.100.1",), "unknown"),
        ("a-socket", ("198.51.100.1",), "unknown"),
    ],
)
def test_only_the_gateway_speaks_for_others(peer: str | None, forwarded: tuple[str, ...], address: str) -> None:
    told = [value.encode() for value in forwarded]
    assert believed_address(peer, told, [ip_network("10.244.0.0/16"), ip_network("fd00::/8")]) == address


@pytest.mark.proves("M-15")
def test_addresses_are_shortened() -> None:
    assert shorten_address("203.0.113.77") == "203.0.113.0"
    assert shorten_address("2001:db8:1:2:3::4") == "2001:db8:1::"
    assert shorten_address("nonsense") == "unknown"
    assert limiter_key("2001:db8:1:2:3::4") == "2001:db8:1:2::/64"
    assert limiter_key("203.0.113.77") == "203.0.113.77"


@pytest.mark.asyncio
async def test_manual_clock_wakes_sleepers_in_order() -> None:
    clock = ManualClock(datetime(2027, 1, 1, tzinfo=UTC))
    woken: list[int] = []

    async def sleeper(seconds: int) -> None:
        await clock.sleep(timedelta(seconds=seconds))
        woken.append(seconds)

    tasks = [asyncio.create_task(sleeper(seconds)) for seconds in (3, 1, 2)]
    await asyncio.sleep(0)
    clock.advance(timedelta(seconds=2))
    await asyncio.sleep(0)
    assert woken == [1, 2]
    assert clock.now() == datetime(2027, 1, 1, 0, 0, 2, tzinfo=UTC)
    assert clock.monotonic() == 2
    clock.advance(timedelta(seconds=1))
    await asyncio.gather(*tasks)


def test_clocks_are_aware_and_go_forward() -> None:
    assert SystemClock().now().tzinfo is UTC
    with pytest.raises(ValueError, match="aware"):
        ManualClock(datetime(2027, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="go back"):
        ManualClock().advance(timedelta(seconds=-1))


PASS_TWICE = "from chassis.crashpoints import crashpoint; crashpoint('relay.after_ack'); print('alive')"


def run_with(**variables: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **variables}
    return subprocess.run([sys.executable, "-c", PASS_TWICE], env=environ, capture_output=True, text=True, check=False)


def test_crash_point_kills_the_process_that_was_told_so(tmp_path: Path) -> None:
    assert run_with(FULLHOUSE_CRASH_AT="relay.after_ack").returncode == -signal.SIGKILL
    marked = f"relay.after_ack={tmp_path / 'crashed'}"
    assert run_with(FULLHOUSE_CRASH_AT=marked).returncode == -signal.SIGKILL
    assert run_with(FULLHOUSE_CRASH_AT=marked).stdout == "alive\n"


def test_crash_point_leaves_others_alone() -> None:
    crashpoint("relay.after_ack", {})
    crashpoint("relay.after_ack", {"FULLHOUSE_CRASH_AT": "relay.before_ack"})
    crashpoint("relay.after_ack", {"FULLHOUSE_CRASH_AT": "relay.after_ack", "FULLHOUSE_MODE": "live"})


def test_a_derived_id_is_the_same_each_time_and_keeps_the_time_of_its_base() -> None:
    base = uuid7()
    derived = derived_uuid7(base, "stock.sold", "ga")
    assert derived == derived_uuid7(base, "stock.sold", "ga")
    assert len({base, derived, derived_uuid7(base, "stock.soldga"), derived_uuid7(uuid7(), "stock.sold", "ga")}) == 4
    assert (derived.version, derived.variant, derived.bytes[:6]) == (7, base.variant, base.bytes[:6])


def test_an_id_of_a_moment_is_the_same_each_time_and_has_its_time() -> None:
    moment = datetime(2026, 11, 29, 3, 0, 0, 123_456, tzinfo=UTC)
    made = uuid7_of(moment, "order", "order.paid")
    assert made == uuid7_of(moment, "order", "order.paid") != uuid7_of(moment, "order", "order.placed")
    assert time_of(made) == moment.replace(microsecond=123_000)
    assert made.version == 7
