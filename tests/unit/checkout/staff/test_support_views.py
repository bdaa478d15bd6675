"""What staff read of customers' words, by their role."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from chassis.tokens import Role
from checkout.feedback.domain import Feedback, Satisfaction
from checkout.staff.support_views import HIDDEN, address, feedback_rows, satisfaction_sentence, support_rows
from checkout.support.domain import SupportRequest
from tests.unit.checkout.samples import NOW, ORDER_ID

pytestmark = pytest.mark.proves("C-10", "C-12")

ZONE = ZoneInfo("America/Chicago")
CALL = SupportRequest(
    request_id=UUID(int=7),
    kind="refund",
    email="jordan@example.com",
    order_id=None,
    order_said="7K3M2QXD",
    text="I can’t come.",
    made_at=NOW,
)


@pytest.mark.parametrize(
    ("role", "who", "text"),
    [
        (Role.VIEWER, "j***@example.com", HIDDEN),
        (Role.OPERATOR, "j***@example.com", "I can’t come."),
        (Role.ADMIN, "jordan@example.com", "I can’t come."),
    ],
)
def test_viewers_read_no_words_and_only_admins_the_address(role: Role, who: str, text: str) -> None:
    (row,) = support_rows([CALL], role=role, now=NOW, zone=ZONE)
    assert (row.who, row.text, row.order, row.state) == (who, text, "7K3M2QXD", "Open")
    (feedback,) = feedback_rows(
        [Feedback(order_id=ORDER_ID, score=2, text="Slow", given_at=NOW)], role=role, now=NOW, zone=ZONE
    )
    assert feedback.text == ("Slow" if role is not Role.VIEWER else HIDDEN)


def test_how_content_buyers_are_is_said_with_how_many_they_are() -> None:
    assert satisfaction_sentence(Satisfaction(count=3, mean=4.333)) == "4.3 of 5 on average, by 3 in 30 days"
    assert satisfaction_sentence(Satisfaction(count=0, mean=None)) == "nobody has said anything in 30 days"
    assert address(everything=True, cursor="x") == "/staff/support?all=yes&cursor=x"
