"""The plan of a run follows from its seed."""

from __future__ import annotations

import pytest

from stack.layout import SERVICES
from stack.supervision import STORES
from tests.chaos.plan import POINTS, faults, strikes


@pytest.mark.parametrize("kills", [0, 1, 7, 100])
def test_a_seed_gives_one_plan_with_so_many_deaths(kills: int) -> None:
    plan = list(strikes(7, kills))
    assert plan == list(strikes(7, kills))
    assert sum(2 if strike.point else 1 for strike in plan) == kills
    assert list(faults(7)) == list(faults(7))


def test_another_seed_gives_another_plan_and_every_part_and_point_has_its_turn() -> None:
    assert list(strikes(1, 50)) != list(strikes(2, 50))
    plan = list(strikes(3, 2_000))
    assert {strike.part for strike in plan} == {*SERVICES, *STORES}
    assert {(strike.part, strike.point) for strike in plan if strike.point} == set(POINTS)
    first = [strike.part for strike in strikes(4, 12)][: len(SERVICES) + len(STORES)]
    assert len(set(first)) == len(first)
