"""Says in which cells counts what visitors do; `counting.py` has all the other events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from events import (
    ActivityFeedback,
    ActivityFormStart,
    ActivityPageView,
    ActivitySupportClosed,
    ActivitySupportRequest,
    ActivityTicketSelected,
    ActivityWebVital,
    Event,
)
from monitor.figures.domain import Cell, Counted, Counts, Figure, SaleKind, support_label
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


def _feedback(event: ActivityFeedback) -> Sequence[Counted]:
    cell = Cell(figure=Figure.FEEDBACK, kind=SaleKind.of(event.source), label=str(event.score))
    return (Counted(cell=cell, total=event.score),)


def _support_request(event: ActivitySupportRequest) -> Sequence[Counted]:
    return (Counted(cell=Cell(figure=Figure.SUPPORT_REQUESTS, label=support_label(event.kind, known=event.known))),)


def _support_closed(event: ActivitySupportClosed) -> Sequence[Counted]:
    return (Counted(cell=Cell(figure=Figure.SUPPORT_CLOSED, label=support_label(event.kind, known=event.known))),)


COUNTS: Final[Mapping[type[Event], Counts]] = MappingProxyType(
    {
        ActivityPageView: _page_view,
        ActivityFormStart: _form_start,
        ActivityTicketSelected: _ticket_selected,
        ActivityWebVital: _web_vital,
        ActivityFeedback: _feedback,
        ActivitySupportRequest: _support_request,
        ActivitySupportClosed: _support_closed,
    }
)
