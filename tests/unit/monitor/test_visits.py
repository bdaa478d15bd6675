"""What visitors do, as figures: where they give up, and how pages felt to them."""

from __future__ import annotations

import pytest

from events import ActivityFormStart, ActivityPageView, ActivityTicketSelected, ActivityWebVital, Vital
from monitor.figures.counting import counts
from monitor.figures.domain import Cell, Figure
from monitor.figures.funnel import Step, steps
from monitor.figures.vitals import ENDS, Felt, p75s
from tests.unit.monitor.samples import NOW, order_paid

pytestmark = pytest.mark.proves("M-1", "C-10")

WHO = {"visitor_id": "4f-a0-17-9c", "occurred_at": NOW}


def test_each_step_counts_for_its_city() -> None:
    told = (
        ActivityPageView(**WHO, page="register", city_id="tampa"),
        ActivityPageView(**WHO, page="workshops"),
        ActivityFormStart(**WHO, city_id="tampa"),
        ActivityTicketSelected(**WHO, city_id="tampa", tier="vip"),
    )
    assert [counted.cell for event in told for counted in counts(event)] == [
        Cell(figure=Figure.PAGE_VIEWS, city="tampa", label="register"),
        Cell(figure=Figure.PAGE_VIEWS, label="workshops"),
        Cell(figure=Figure.FORMS_STARTED, city="tampa"),
        Cell(figure=Figure.TICKETS_SELECTED, city="tampa", tier="vip"),
    ]


@pytest.mark.parametrize(("source", "paid"), [("web", 1), ("demo", 1), ("granted", 0), ("repaired", 0)])
def test_only_who_began_to_pay_has_paid_a_checkout(source: str, paid: int) -> None:
    found = [each for each in counts(order_paid(source=source)) if each.cell.figure is Figure.CHECKOUTS_PAID]
    assert [(each.count, each.cell.tier, each.cell.label) for each in found] == paid * [(1, "ga", "47920")]


def test_a_step_loses_who_does_not_go_on_and_nobody_where_more_come_than_browsers_told_of() -> None:
    counted = {Figure.PAGE_VIEWS: 200, Figure.FORMS_STARTED: 150, Figure.TICKETS_SELECTED: 20}
    found = list(steps({**counted, Figure.CHECKOUTS_STARTED: 30}))
    assert found == [
        Step(name="form_start", before=200, gone_on=150),
        Step(name="ticket_selected", before=150, gone_on=20),
        Step(name="checkout_started", before=20, gone_on=30),
        Step(name="order_paid", before=30, gone_on=0),
    ]
    assert [step.drop_off for step in found] == [0.25, pytest.approx(130 / 150), 0.0, 1.0]
    assert [step.drop_off for step in steps({})] == [0.0, 0.0, 0.0, 0.0]


def test_a_vital_falls_into_a_bucket_that_ends_where_it_is_still_good() -> None:
    event = ActivityWebVital(**WHO, page="register", vital="LCP", value=2500)
    assert [counted.cell.label for counted in counts(event)] == ["register/LCP/2500"]
    for vital, good in ((Vital.LCP, 2500), (Vital.INP, 200), (Vital.CLS, 0.1)):
        assert good in ENDS[vital]
    assert not list(counts(event.model_copy(update={"vital": "TTFB"})))


def test_three_quarters_of_all_visits_decide_and_the_worst_page_is_named() -> None:
    slow, fast = Felt(page="success", vital="LCP", end="inf"), Felt(page="register", vital="LCP", end="500")
    cls = Felt(page="register", vital="CLS", end="0.01")
    found = p75s([(fast, 75), (slow, 25), (cls, 1)])
    assert {vital: (each.value, each.sample, each.worst) for vital, each in found.items()} == {
        "LCP": (500, 100, "success"),
        "CLS": (0.01, 1, "register"),
    }
    assert p75s([(fast, 74), (slow, 26)])["LCP"].value == 20_000
    assert Felt.parse(slow.label) == slow
