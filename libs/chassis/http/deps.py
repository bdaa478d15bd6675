"""Gives routes the objects that they work with: a route asks for its room's `…Deps`, the service provides them.

In a room's `api.py`::

    @dataclass(frozen=True, slots=True, kw_only=True)
    class OrderDeps:
        database: Database

    Deps = Annotated[OrderDeps, provided(OrderDeps)]

    @router.get("/api/orders/{order_id}")
    async def get_order(order_id: str, deps: Deps) -> OrderOut: ...

In the service's `route_deps.py`: `provide(app, OrderDeps(database=database))`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from fastapi import Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.requests import HTTPConnection

from chassis.errors import Unavailable

_STATE: Final = "deps"


class _Taker:
    """Finds the deps of one class in the app of the request."""

    def __init__(self, kind: type[Any]) -> None:
        self.kind = kind

    async def __call__(self, connection: HTTPConnection) -> Any:
        deps = getattr(connection.app.state, _STATE, {}).get(self.kind)
        if deps is None:
            raise Unavailable("this process has not started yet")
        return deps


def provided(kind: type[Any]) -> Any:
    """The FastAPI dependency that gives a route the service's `kind`; raises Unavailable (503) before it is there."""
    return Depends(_Taker(kind))


def provide(app: FastAPI, *deps: object) -> None:
    """Gives each of these to the routes that ask for its class, from now on."""
    known: dict[type[Any], object] = getattr(app.state, _STATE, {})
    setattr(app.state, _STATE, {**known, **{type(each): each for each in deps}})


def require_provided(app: FastAPI) -> None:
    """Raises LookupError when a route asks for deps that nobody provides; call it at the end of a service's start."""
    known = getattr(app.state, _STATE, {})
    missing = sorted({taker.kind.__name__ for taker in _takers(app) if taker.kind not in known})
    if missing:
        raise LookupError(f"routes ask for {', '.join(missing)}, which route_deps.py does not provide")


def _takers(app: FastAPI) -> Iterator[_Taker]:
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            yield from _of(context.original_route.dependant)


def _of(dependant: Dependant) -> Iterator[_Taker]:
    if isinstance(dependant.call, _Taker):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _of(inner)
