"""Says in which cells counts what visitors do; `counting.py` has all the other events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from events import ActivityFormStart, ActivityPageView, ActivityTicketSelected, ActivityWebVital, Event
from monitor.figures.domain import Cell, Counted, Counts, Figure
from monitor.figures.vitals import Felt


def _page_view(event: ActivityPageView) -> Sequence[Counted]:
    return (Counted(cell=Cell(figure=Figure.PAGE_VIEWS, city=event.city_id or "", label=event.page)),)


def _form_start(event: ActivityFormStart) -> Sequence[Counted]:
    return (Counted(cell=Cell(figure=Figure.FORMS_STARTED, city=event.city_id)),)


def _ticket_selected(event: ActivityTicketSelected) -> Sequence[Counted]:
    return (Counted(cell=Cell(figure=Figure.TICKETS_SELECTED, city=event.city_id, tier=event.tier)),)


def _web_vital(event: ActivityWebVital) -> Sequence[Counted]:
    felt = Felt.of(event.page, event.vital, event.value)
    return (Counted(cell=Cell(figure=Figure.WEB_VITALS, label=felt.label)),) if felt else ()


COUNTS: Final[Mapping[type[Event], Counts]] = MappingProxyType(
    {
        ActivityPageView: _page_view,
        ActivityFormStart: _form_start,
        ActivityTicketSelected: _ticket_selected,
        ActivityWebVital: _web_vital,
    }
)
