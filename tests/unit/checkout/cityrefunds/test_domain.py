"""Which orders of a city get their money back."""

from __future__ import annotations

from uuid import uuid4

import pytest

from checkout.cityrefunds.domain import CityOrder, CityPlan, Exclusion
from events import OrderState

pytestmark = pytest.mark.proves("C-7")

S = OrderState


def city_order(
    state: OrderState, *, left: int = 500, own: int = 500, amount: int = 500, currency: str = "USD"
) -> CityOrder:
    return CityOrder(
        order_id=uuid4(), number="7K3M2QXD", state=state, amount=amount, left=left, own=own, currency=currency, cities=1
    )


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (city_order(S.PAID), None),
        (city_order(S.PARTIALLY_REFUNDED, left=1), None),
        (city_order(S.PAID, amount=0, left=0), None),
        (city_order(S.PAID, left=0), Exclusion.UNDER_WAY),
        (city_order(S.DISPUTED), Exclusion.DISPUTED),
        (city_order(S.REFUNDED, left=0), Exclusion.ALREADY_REFUNDED),
        (city_order(S.PAYMENT_PENDING), Exclusion.PAYMENT_PENDING),
        (city_order(S.AWAITING_PAYMENT), Exclusion.NOT_PAID),
    ],
)
def test_an_order_is_refunded_or_left_out_for_a_reason(order: CityOrder, why: Exclusion | None) -> None:
    assert order.excluded is why


def test_what_goes_back_is_summed_up_by_currency() -> None:
    plan = CityPlan.of([city_order(S.PAID), city_order(S.PAID, currency="JPY"), city_order(S.PAID, left=7)])
    assert (plan.amounts, plan.excluded) == ({"USD": 507, "JPY": 500}, ())


def test_what_providers_accounts_give_back_is_told_apart() -> None:
    plan = CityPlan.of([city_order(S.PAID, own=0), city_order(S.PAID), city_order(S.PAID, left=7)])
    assert (plan.amounts, plan.own_amounts) == ({"USD": 1_007}, {"USD": 507})
