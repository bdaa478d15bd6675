from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

from checkout.web.language import LanguageMiddleware, language_links
from languages import current, language_of
from tests.unit.chassis.asgi import Answer, call
from tests.unit.chassis.samples import sample_settings

pytestmark = pytest.mark.proves("W-1", "W-4")

NONE: Mapping[str, str] = MappingProxyType({})
COOKIE = "fullhouse_language"


def ask(path: str, *, query: str = "", headers: Mapping[str, str] = NONE, default: str = "en") -> Answer:
    app = FastAPI()
    app.state.settings = sample_settings()

    @app.get("/{path:path}")
    async def say(request: Request) -> PlainTextResponse:
        links = ",".join(each.href for each in language_links())
        return PlainTextResponse(f"{current().tag} {links}")

    app.add_middleware(LanguageMiddleware, default=language_of(default))
    return asyncio.run(call(app, "GET", path, query=query, headers=headers))


def spoken(answer: Answer) -> str:
    return answer.body.decode().partition(" ")[0]


@pytest.mark.parametrize(
    ("query", "headers", "default", "tag"),
    [
        ("", {}, "en", "en"),
        ("", {}, "es", "es"),
        ("", {"Accept-Language": "eo"}, "es", "es"),
        ("", {"Accept-Language": "es-MX"}, "en", "es"),
        ("", {"Accept-Language": "es", "Cookie": f"{COOKIE}=en"}, "es", "en"),
        ("", {"Accept-Language": "es", "Cookie": f"{COOKIE}=tlh"}, "en", "es"),
        ("lang=es", {"Accept-Language": "en", "Cookie": f"{COOKIE}=en"}, "en", "es"),
        ("lang=tlh", {"Accept-Language": "es"}, "en", "es"),
    ],
)
def test_a_buyers_choice_comes_before_the_browsers_and_the_business(
    query: str, headers: Mapping[str, str], default: str, tag: str
) -> None:
    assert spoken(ask("/register", query=query, headers=headers, default=default)) == tag


def test_a_choice_is_remembered() -> None:
    kept = ask("/register", query="lang=es").headers["set-cookie"]
    assert kept.startswith(f"{COOKIE}=es;")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(kept.split("; "))
    assert "set-cookie" not in ask("/register", headers={"Accept-Language": "es"}).headers


def test_a_page_leads_to_itself_in_the_other_language() -> None:
    answer = ask("/register", query="city=dallas&lang=es&tier=vip%26ga")
    assert answer.body.decode().startswith("es /register?city=dallas&tier=vip%26ga&lang=en,")


@pytest.mark.parametrize("path", ["/staff/orders", "/api/admin/orders", "/internal/digest", "/static/base.css"])
def test_staff_and_services_hear_english(path: str) -> None:
    answer = ask(path, query="lang=es", headers={"Accept-Language": "es"}, default="es")
    assert spoken(answer) == "en"
    assert "set-cookie" not in answer.headers
