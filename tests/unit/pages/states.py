"""Every state of every page, by name. A new one is a line in the list of its kind of page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tests.unit.pages import (
    appointment_states,
    change_states,
    give_states,
    help_states,
    order_states,
    provider_states,
    shop_states,
    staff_states,
    stock_states,
    support_states,
    way_states,
)

States = Mapping[str, Callable[[], bytes]]

# Buyers' pages speak their languages; staff's and providers' are English.
TRANSLATED: Final[States] = {
    **shop_states.STATES,
    **change_states.STATES,
    **help_states.STATES,
    **give_states.STATES,
    **way_states.STATES,
}
STATES: Final[States] = {
    **TRANSLATED,
    **staff_states.STATES,
    **stock_states.STATES,
    **order_states.STATES,
    **support_states.STATES,
    **provider_states.STATES,
    **appointment_states.STATES,
}
