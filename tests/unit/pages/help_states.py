"""Where buyers call for help, in its states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from checkout.orders.domain import Order
from checkout.web.support_views import SupportForm, check_support, support_view, taken_sentences
from events import OrderState
from tests.unit.checkout.samples import order
from tests.unit.pages.shop_states import RIGHT_TO_LEFT, SITE


def _help(form: SupportForm, about: Order | None = None, *, wrong: bool = False) -> Callable[[], bytes]:
    def draw() -> bytes:
        fields = check_support(form, known=about is not None) if wrong else {}
        return bytes(SITE.page("support.html", view=support_view(form, about, fields=fields)).body)

    return draw


def _taken() -> bytes:
    said = taken_sentences("missing_purchase", RIGHT_TO_LEFT.email)
    return bytes(SITE.page("wait.html", heading="We have your message.", sentences=said).body)


STATES: Final[Mapping[str, Callable[[], bytes]]] = {
    "help": _help(SupportForm()),
    "help, about an order": _help(SupportForm(kind="refund", order_id="1"), order(OrderState.PAID)),
    "help, with errors": _help(SupportForm(email="jo@example", text=""), wrong=True),
    "help, taken": _taken,
}
