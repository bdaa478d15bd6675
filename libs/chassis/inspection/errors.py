"""The condition with which a look is refused."""

from __future__ import annotations

from chassis.errors import Condition


class InspectionUnderWay(Condition):
    status = 409
    code = "inspection_under_way"
    title = "Somebody looks already"
    meaning = "Another look into this process is under way: two at once would measure each other."
    remedy = "Wait until it has ended, a minute at most, and ask again."
