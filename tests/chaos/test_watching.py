"""What may be on its way is no fault while everything moves; what nothing can excuse is one."""

from __future__ import annotations

import pytest

from invariants import Alert, Charge, Delivery, Evidence, Page, PaidOrder, Taken, violations
from tests.chaos.watching import RULES, standing

ORDER = PaidOrder(order_id="o1", number="1", seats=1, amount=100, refunded=0, email="a@example.com", codes=("c",))
CHARGE = Charge(payment_intent="pi_1", order_id="o1", amount=100, refunded=0)
SENT = Delivery(
    delivery_id="d1", alert_id=None, first=True, channel="sms", recipient="+1", state="sent", reason=None,
    provider_id="SM1",
)  # fmt: skip
AT_VENDOR = Taken(channel="sms", provider_id="SM1")
OVER = Alert(alert_id="a1", fingerprint="f", key="k", version=2, status="resolved")


@pytest.mark.proves("L-9")
@pytest.mark.parametrize(
    ("evidence", "broken"),
    [
        (Evidence(processed=(CHARGE,)), []),
        (Evidence(orders=(ORDER,)), []),
        (Evidence(taken=(AT_VENDOR,)), []),
        (Evidence(alerts=(OVER,)), []),
        (Evidence(recorded=(CHARGE,), orders=(ORDER,)), ["money"]),
        (Evidence(recorded=(CHARGE,), processed=(CHARGE,)), ["money"]),
        (Evidence(deliveries=(SENT,)), ["vendors"]),
        (Evidence(deliveries=(SENT,), taken=(AT_VENDOR, AT_VENDOR)), ["vendors"]),
        (Evidence(alerts=(OVER,), pages=(Page(key="k", open=True),)), ["pages"]),
        (
            Evidence(recorded=(CHARGE,), processed=(CHARGE,), orders=(ORDER,), deliveries=(SENT,), taken=(AT_VENDOR,)),
            [],
        ),
    ],
)
def test_what_is_judged_while_everything_moves(evidence: Evidence, broken: list[str]) -> None:
    assert [each.invariant for each in violations(standing(evidence), RULES)] == broken
