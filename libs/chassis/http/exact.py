"""The paths under `/api/v1/`: snake_case, and amounts as decimals in major units that are never read as floats.

In a room's `api.py`::

    router = APIRouter(prefix="/api/v1/hybrid-payments", tags=["payments"], route_class=ExactRoute)


    class RouteIn(SnakeBody):
        amount: Decimals
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer

from chassis.http.models import Body, Out

# Of an integer in JSON: Python itself refuses to read one that is much longer.
_LONGEST: Final = 40


class _ExactRequest(Request):
    """A request whose JSON numbers with a point are decimals."""

    async def json(self) -> Any:
        """Raises JSONDecodeError for what is no JSON, NaN and Infinity among it."""
        if not hasattr(self, "_exact"):
            self._exact = _read(await self.body())
        return self._exact


def _read(body: bytes) -> Any:
    return json.loads(body, parse_float=Decimal, parse_constant=_refuse)


def _refuse(name: str) -> None:
    raise json.JSONDecodeError(f"{name} is no number", name, 0)


class ExactRoute(APIRoute):
    """A route that reads no number of its body as a float."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own, on a request that reads numbers exactly."""
        handle = super().get_route_handler()

        async def exactly(request: Request) -> Response:
            return await handle(_ExactRequest(request.scope, request.receive))

        return exactly


def _decimal(value: object) -> object:
    """Floats have lost what they were before, so they are no decimals; texts are those that people write."""
    if isinstance(value, bool | float) or (isinstance(value, str) and len(value) > _LONGEST):
        raise ValueError("Write a decimal number, such as 49.90.")
    return value


# Written as a number: up to 15 digits a float says exactly what it was made of, and no amount has more.
Decimals = Annotated[
    Decimal,
    Field(max_digits=28),
    BeforeValidator(_decimal),
    PlainSerializer(float, return_type=float, when_used="json"),
]


class SnakeBody(Body):
    """Base of request models under `/api/v1/`; an unknown field is refused."""

    model_config = ConfigDict(alias_generator=None)


class SnakeOut(Out):
    """Base of response models under `/api/v1/`."""

    model_config = ConfigDict(alias_generator=None)
