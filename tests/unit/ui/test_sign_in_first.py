"""Who has not signed in hears nothing else of staff's pages, whatever the address has in it (P-8, W-2)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from chassis.http.problems import install_problem_handlers, responder
from chassis.tokens.conditions import TokenMissing
from stack.layout import SERVICES
from tests.unit.chassis.asgi import call
from tests.unit.chassis.samples import sample_settings
from ui.staff import STAFF

pytestmark = pytest.mark.proves("P-8", "W-2")


class _Nobody:
    """A doorkeeper to whom nobody shows anything."""

    async def verify(self, _token: str | None) -> None:
        raise TokenMissing


class _Whatever(dict[type[Any], Any]):
    """Deps of every kind: nobody comes far enough to use them."""

    def get(self, _kind: type[Any], _otherwise: Any = None) -> Any:
        return object()


def _is_page(route: Any) -> bool:
    """Scripts are for everybody."""
    shown = isinstance(route, APIRoute) and "GET" in (route.methods or ()) and not route.path.endswith(".js")
    return shown and route.path.startswith(STAFF)


def _pages() -> Iterator[tuple[APIRouter, APIRoute]]:
    for service in SERVICES:
        for router in import_module(f"{service}.app")._ROUTERS:
            yield from ((router, route) for route in router.routes if _is_page(route))


def _typed(router: APIRouter, route: APIRoute) -> tuple[FastAPI, str, str]:
    """An address of which nothing typed can be read."""
    app = FastAPI()
    install_problem_handlers(app, responder(None))
    app.include_router(router)
    app.state.doorkeeper, app.state.deps, app.state.settings = _Nobody(), _Whatever(), sample_settings()
    path = "/".join("~" if part.startswith("{") else part for part in route.path.split("/"))
    return app, path, "&".join(f"{each.alias}=~" for each in route.dependant.query_params)


@pytest.mark.asyncio
async def test_an_address_that_cannot_be_read_leads_to_the_sign_in_too() -> None:
    pages = list(_pages())
    assert len(pages) > 20
    seen = {}
    for router, route in pages:
        app, path, query = _typed(router, route)
        answer = await call(app, "GET", path, headers={"Accept": "text/html"}, query=query)
        seen[route.path] = answer.status, answer.headers.get("location", "").partition("?")[0]
    assert {page: told for page, told in seen.items() if told not in {(303, "/login"), (401, "")}} == {}
