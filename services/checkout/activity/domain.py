"""Which of the things that browsers tell are worth telling on. Pure."""

from __future__ import annotations

from checkout.catalogue.domain import Catalogue
from events import ActivityEvent, ActivityFormStart, ActivityPageView, ActivityTicketSelected, ActivityWebVital, Vital


def is_known(event: ActivityEvent, catalogue: Catalogue) -> bool:
    """Whether it is about something that we have: strangers must not fill our figures with names of their own."""
    match event:
        case ActivityWebVital(vital=vital):
            return Vital.known(vital) is not None
        case ActivityPageView(city_id=city_id):
            return city_id is None or catalogue.city(city_id) is not None
        case ActivityFormStart(city_id=city_id):
            return catalogue.city(city_id) is not None
        case ActivityTicketSelected(city_id=city_id, tier=tier):
            city = catalogue.city(city_id)
            return city is not None and tier in city.tiers
    return False
