"""Routes under `/api/v1/`: numbers arrive as they were written, and names are snake_case."""

from __future__ import annotations

from decimal import Decimal

import pytest
from fastapi import APIRouter, FastAPI

from chassis.http.exact import Decimals, ExactRoute, SnakeBody, SnakeOut
from chassis.http.problems import install_problem_handlers, responder
from tests.unit.chassis.asgi import Answer, call

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("P-1")]
JSON = {"Content-Type": "application/json"}


class AmountIn(SnakeBody):
    the_amount: Decimals


class AmountOut(SnakeOut):
    the_amount: Decimals
    digits: str


def _app() -> FastAPI:
    router = APIRouter(route_class=ExactRoute)

    @router.post("/amounts")
    async def amounts(body: AmountIn) -> AmountOut:
        return AmountOut(the_amount=body.the_amount, digits=str(body.the_amount))

    app = FastAPI()
    app.router.routes.extend(router.routes)
    install_problem_handlers(app, responder(None))
    return app


async def post(text: str) -> Answer:
    return await call(_app(), "POST", "/amounts", headers=JSON, body=text.encode())


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("50.00", "50.00"),
        ('"50.00"', "50.00"),
        ("50", "50"),
        ("0.1000000000000000055511151231", "0.1000000000000000055511151231"),
        ("1e2", "1E+2"),
    ],
)
async def test_a_number_is_what_was_written(written: str, digits: str) -> None:
    answer = await post(f'{{"the_amount": {written}}}')
    assert (answer.status, answer.json["digits"]) == (200, digits)
    assert answer.json["the_amount"] == float(Decimal(digits))


@pytest.mark.parametrize(
    ("written", "status", "code"),
    [
        ("NaN", 400, "malformed_json"),
        ("Infinity", 400, "malformed_json"),
        ("1e99999999999999999999", 400, "malformed_json"),
        ('"NaN"', 422, "invalid_request"),
        ('"abc"', 422, "invalid_request"),
        ("true", 422, "invalid_request"),
        ("null", 422, "invalid_request"),
        ("1" * 29, 422, "invalid_request"),
        ("1" * 5_000, 400, "malformed_json"),
        (f'"{"1" * 5_000}"', 422, "invalid_request"),
        ("{", 400, "malformed_json"),
    ],
    ids=lambda value: str(value)[:12],
)
async def test_what_is_no_number_is_refused(written: str, status: int, code: str) -> None:
    answer = await post(f'{{"the_amount": {written}}}')
    assert (answer.status, answer.json["code"]) == (status, code)


async def test_names_are_snake_case() -> None:
    answer = await post('{"theAmount": 50}')
    assert answer.json["fields"].keys() == {"theAmount", "the_amount"}
