"""What services take of each other at `/internal/…`, and what callers of the release before say (docs/adr/0027)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter

from tests.integration.audit.house import House

# What callers of the release before send. A field may leave this list, and a new one can't come into it.
NEEDED: Final[Mapping[str, set[str]]] = {
    "POST /internal/holds": {"orderId", "cityId", "tier", "quantity", "holdSeconds", "deadlineMs"},
    "POST /internal/waitlist": {"cityId", "tier", "quantity", "email", "firstName"},
    "POST /internal/dump": {"reason"},
    "GET /internal/digest": {"since", "until"},
    "GET /internal/digest/orders": {"since", "until"},
    "POST /internal/digest/orders": {"ids"},
    "GET /internal/digest/seats": {"since", "until"},
    "GET /internal/digest/stock": {"since", "until"},
    "POST /internal/digest/alerts": {"alerts"},
}


def taken(dependant: Dependant) -> Iterator[Any]:
    """The types of what a route takes in query and body, itself or by what it depends on."""
    yield from (each.field_info.annotation for each in (*dependant.query_params, *dependant.body_params))
    for inner in dependant.dependencies:
        yield from taken(inner)


def operations(house: House) -> Iterator[tuple[str, list[Any]]]:
    """Each, with the schemas of what it takes in query and body."""
    for app in house.apps.values():
        for context in iter_route_contexts(app.routes):
            route = context.original_route
            if isinstance(route, APIRoute) and route.path.startswith("/internal"):
                schemas = [TypeAdapter(kind).json_schema() for kind in taken(route.dependant)]
                yield from ((f"{method} {route.path}", schemas) for method in context.methods or ())
