"""Who is asked what on the pages of help and feedback."""

from __future__ import annotations

import pytest

from checkout.feedback.domain import Feedback
from checkout.web.purchase_views import Phase
from checkout.web.support_views import NO_KIND, NO_TEXT, SupportForm, check_support, feedback_view, taken_sentences
from tests.unit.checkout.samples import NOW, ORDER_ID

pytestmark = pytest.mark.proves("C-10")

GIVEN = Feedback(order_id=ORDER_ID, score=4, text="", given_at=NOW)


@pytest.mark.parametrize(
    ("phase", "given", "asked", "thanked"),
    [
        ("in", None, True, False),
        ("in", GIVEN, False, True),
        ("checking", None, False, False),
        ("gone", None, False, False),
    ],
)
def test_who_has_their_tickets_is_asked_once(phase: Phase, given: Feedback | None, asked: bool, thanked: bool) -> None:
    view = feedback_view(phase, given)
    assert (view.asked, view.given) == (asked, thanked)


def test_an_address_is_missed_only_where_no_order_has_one() -> None:
    assert check_support(SupportForm(), known=True) == {"kind": NO_KIND, "text": NO_TEXT}
    wrong = check_support(SupportForm(kind="refund", text="Help", email="jo@example"), known=False)
    assert list(wrong) == ["email"]
    assert wrong["email"].endswith("The answer goes there.")


def test_who_misses_a_purchase_is_led_to_what_there_is() -> None:
    assert "Find my purchase" in taken_sentences("missing_purchase", "jo@example.com")[1]
    assert len(taken_sentences("refund", "jo@example.com")) == 1
