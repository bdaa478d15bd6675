"""Which calls a fault hits."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.faults import CALL_KINDS, WEBHOOK_KINDS, Fault, Faults, Kind

pytestmark = pytest.mark.proves("S-4")


def _faults(**changes: Any) -> Faults:
    faults = Faults()
    faults.add(Fault(**{"id": "fault_1", "vendor": "stripe", "kind": Kind.ERROR} | changes))
    return faults


def _hits(faults: Faults, calls: int, operation: str = "refunds.create") -> list[bool]:
    return [bool(faults.striking("stripe", operation, CALL_KINDS)) for _ in range(calls)]


def test_without_an_operation_all_of_the_vendor_are_hit() -> None:
    faults = _faults()
    assert _hits(faults, 1) == [True]
    assert faults.striking("twilio", "messages.create", CALL_KINDS) == []


def test_with_an_operation_only_that_one_is_hit() -> None:
    faults = _faults(operation="refunds.create")
    assert _hits(faults, 1, "charges.list") == [False]
    assert _hits(faults, 1) == [True]


def test_a_count_ends() -> None:
    faults = _faults(count=2)
    assert _hits(faults, 4) == [True, True, False, False]
    assert faults.active() == []


def test_what_only_leaves_out_is_not_drawn() -> None:
    faults = _faults(count=1)
    assert faults.striking("stripe", "refunds.create", CALL_KINDS, only=lambda _: False) == []
    assert _hits(faults, 1) == [True]


def test_a_call_draws_no_webhook_faults() -> None:
    faults = _faults(kind=Kind.DROP_WEBHOOK, count=1)
    assert _hits(faults, 1) == [False]
    assert len(faults.striking("stripe", "charge.refunded", WEBHOOK_KINDS)) == 1


@pytest.mark.parametrize("seed", range(5))
def test_a_share_is_about_that_share_and_the_same_again(seed: int) -> None:
    first, second = _hits(_faults(share=0.3, seed=seed), 1000), _hits(_faults(share=0.3, seed=seed), 1000)
    assert first == second
    assert 230 < sum(first) < 370


def test_the_status_page_is_that_of_a_fault_in_force() -> None:
    faults = _faults(count=1, status_page="major")
    assert faults.status_page("stripe") == "major"
    assert faults.status_page("twilio") is None
    _hits(faults, 1)
    assert faults.status_page("stripe") is None
