"""Staff's page of help and feedback in its states, and what an order's page has of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from chassis.formats import zoned_time
from chassis.tokens import Role
from checkout.feedback.domain import Feedback, Satisfaction
from checkout.staff.support_views import feedback_rows, satisfaction_sentence, support_rows
from checkout.support.domain import SupportRequest
from tests.unit.monitor.samples import NOW
from tests.unit.pages.staff_states import PERSON, STAFF, ZONE

_WORDS: Final = "Ich habe die Straßburger-Allee-Verlängerung gefunden, nicht aber meine Eintrittskarten. " * 4
_CALL: Final = SupportRequest(
    request_id=UUID(int=7),
    kind="missing_purchase",
    email="sarah.elisheva.ben-avraham.lowenstein@mail.example.com",
    order_id=None,
    order_said="7K3M-2QXD",
    text=_WORDS,
    made_at=NOW,
)
_CLOSED: Final = replace(
    _CALL,
    kind="refund",
    order_id=UUID(int=3),
    closed_at=NOW,
    closed_by="kristina.lindqvist@example.com",
    reason="Given back at the processor, and told by phone",
)
_INVENTED: Final = replace(_CALL, known=False, order_said="")
CALLS: Final = support_rows([_CALL, _INVENTED, _CLOSED], role=Role.ADMIN, now=NOW, zone=STAFF.zone)
FEEDBACK: Final = feedback_rows(
    [
        Feedback(order_id=UUID(int=score), score=score, text=_WORDS if score == 2 else "", given_at=NOW)
        for score in (5, 3, 2)
    ],
    role=Role.ADMIN,
    now=NOW,
    zone=STAFF.zone,
)


def _page(**context: object) -> Callable[[], bytes]:
    return lambda: bytes(
        STAFF.page("support.html", status=200, person=PERSON, at=zoned_time(NOW, ZONE), **context).body
    )


_SOME: Final = satisfaction_sentence(Satisfaction(count=31, mean=4.21))
_NONE: Final = satisfaction_sentence(Satisfaction(count=0, mean=None))

STATES: Final[Mapping[str, Callable[[], bytes]]] = {
    "help and feedback": _page(rows=CALLS, whole=True, older="#older", satisfaction=_SOME, feedback=FEEDBACK),
    "help and feedback, none": _page(rows=[], whole=False, older=None, satisfaction=_NONE, feedback=[]),
}
