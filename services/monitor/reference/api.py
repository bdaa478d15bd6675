"""`/docs/events`: what events look like, never what is in them. Open to everybody, as the OpenAPI documents are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

import ui
from chassis.errors import NotFound
from chassis.http.deps import provided
from contracts import Kind, Reading, asyncapi_document, chapters, golden_records, load_exchange
from contracts.exchange import SERVICES

router = APIRouter(include_in_schema=False)

_HERE: Final = Path(__file__).parent
HOME: Final = "/docs/events"
ASSETS: Final = f"{HOME}/static"
_ASK_AGAIN: Final = {"Cache-Control": "public, no-cache"}
_DOCUMENT: Final = "application/vnd.aai.asyncapi+json;version=3.0.0"


class ReferencePage:
    """Templates and files of the page. Nothing of it changes while the process lives."""

    def __init__(self, brand: ui.Brand) -> None:
        self.assets = ui.Assets(_HERE / "static", made=ui.brand_files(brand), prefix=ASSETS)
        self._templates = ui.environment(_HERE / "templates")
        self._templates.globals.update(asset=self.assets.url, brand=brand)
        self._html = ""

    def render(self) -> HTMLResponse:
        self._html = self._html or self._templates.get_template("events.html").render(_context())
        return HTMLResponse(self._html, headers=_ASK_AGAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceDeps:
    """What the routes work with. `page`: the page's templates and files."""

    page: ReferencePage


@router.get(HOME)
def show(deps: Annotated[ReferenceDeps, provided(ReferenceDeps)]) -> Response:
    """The page, made in a thread at the first call, and kept."""
    return deps.page.render()


@router.get(f"{HOME}/asyncapi-{{service}}.json")
def document(service: str) -> Response:
    """The AsyncAPI document of a service."""
    if service not in SERVICES:
        raise NotFound
    return Response(_document(service), media_type=_DOCUMENT, headers=_ASK_AGAIN)


@cache
def _document(service: str) -> bytes:
    return json.dumps(asyncapi_document(service, load_exchange()), ensure_ascii=False).encode()


def _context() -> dict[str, Any]:
    exchange = load_exchange()
    return {
        "services": SERVICES,
        "groups": [_group(reading) for reading in exchange.readings],
        "chapters": chapters(exchange),
        "everybody": len(SERVICES),
        "example": _example,
        "address": _address,
    }


def _group(reading: Reading) -> dict[str, Any]:
    return {
        "name": reading.name,
        "service": reading.service,
        "kind": "group" if reading.kind is Kind.EFFECT else "every process",
        "start": "the beginning" if reading.start == "beginning" else "now",
        "topics": reading.topics,
    }


def _example(event_type: str) -> str:
    """The newest golden record of the type: its headers, then its value."""
    newest = golden_records(event_type)[-1]
    headers = "\n".join(f"{name}: {value}" for name, value in newest.headers.items())
    return f"{headers}\n\n{json.dumps(newest.value, indent=2, ensure_ascii=False)}"


def _address(name: str) -> str:
    """The place on the page: `stock.low`."""
    return name.removeprefix("fullhouse.").rsplit(".v", 1)[0]
