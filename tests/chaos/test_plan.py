"""The plan of a run follows from its seed."""

from __future__ import annotations

from itertools import islice

from tests.chaos.plan import LENGTHS, POINTS, TARGETS, Kind, acts, faults, last_act


def test_a_seed_gives_one_plan() -> None:
    assert list(islice(acts(7), 100)) == list(islice(acts(7), 100))
    assert (list(faults(7)), last_act(7)) == (list(faults(7)), last_act(7))
    assert list(islice(acts(1), 50)) != list(islice(acts(2), 50))


def test_every_kind_target_and_point_has_its_turn() -> None:
    plan = list(islice(acts(3), 4_000))
    assert {(act.kind, act.target) for act in plan} == {(kind, each) for kind in Kind for each in TARGETS[kind]}
    assert {(act.target, act.point) for act in plan if act.point} == set(POINTS)
    killed = [act.target for act in plan if act.kind is Kind.KILL][: len(TARGETS[Kind.KILL])]
    assert sorted(killed) == sorted(TARGETS[Kind.KILL])
    assert all(bool(act.seconds) == (act.kind in LENGTHS) for act in plan)
    assert all(kind.meaning for kind in Kind)
