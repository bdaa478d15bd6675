"""The plan of a run follows from its seed."""

from __future__ import annotations

from itertools import islice

from stack.layout import Ports
from tests.chaos.network import LINKS, ports_of_links
from tests.chaos.plan import LENGTHS, LONG_CUT, MOSTLY_CUTS, POINTS, TARGETS, Kind, acts, faults, last_act
from tests.fixtures.links import Cut


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


def test_each_link_is_cut_in_each_way_and_sometimes_for_long() -> None:
    cuts = [act for act in islice(acts(4, MOSTLY_CUTS), 4_000) if act.kind is Kind.CUT]
    assert {(act.target, act.cut) for act in cuts} == {(link, cut) for link in LINKS for cut in Cut}
    assert {act.cut for act in cuts if act.forget} == set(Cut) - {Cut.RESET}
    assert {act.cut for act in cuts if not act.forget} == set(Cut)
    assert any(act.seconds >= LONG_CUT[0] for act in cuts)


def test_nothing_but_a_cut_is_a_matter_of_links() -> None:
    assert not any(act.cut or act.forget for act in islice(acts(5), 1_000) if act.kind is not Kind.CUT)


def test_links_have_ports_of_their_own() -> None:
    ports = Ports(9000)
    ends = ports_of_links(ports)
    here, further = zip(*ends.values(), strict=True)
    assert len(set(here)) == len(LINKS)
    assert not set(here) & {*ports.named().values(), *further}
    assert all(9000 < port < 9000 + 90 for port in here)
