from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import pytest
from fastapi import APIRouter, FastAPI

from chassis.errors import Unavailable
from chassis.http.deps import provide, provided, require_provided
from tests.unit.chassis.asgi import call


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfDeps:
    label: str


router = APIRouter()


@router.get("/label")
async def label(deps: Annotated[ShelfDeps, provided(ShelfDeps)]) -> str:
    return deps.label


def an_app() -> FastAPI:
    app = FastAPI()
    app.include_router(router)
    return app


@pytest.mark.asyncio
async def test_a_route_gets_what_its_own_app_provides() -> None:
    first, second = an_app(), an_app()
    provide(first, ShelfDeps(label="first"))
    provide(second, ShelfDeps(label="second"))
    assert [(await call(app, "GET", "/label")).json for app in (first, second)] == ["first", "second"]


@pytest.mark.asyncio
async def test_before_the_start_a_route_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await call(an_app(), "GET", "/label")


def test_what_nobody_provides_is_found_at_the_start() -> None:
    app = an_app()
    with pytest.raises(LookupError, match="ShelfDeps"):
        require_provided(app)
    provide(app, ShelfDeps(label="there"))
    require_provided(app)
