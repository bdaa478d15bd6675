from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.requests import Request

from chassis.app import create_app
from chassis.errors import MethodNotAllowed, NotFound
from tests.unit.chassis.asgi import call
from tests.unit.chassis.samples import sample_settings
from ui import STATIC_DIR, Assets, static_app


def request(address: str, *, method: str = "GET", tag: str = "") -> Request:
    path, _, query = address.partition("?")
    headers = [(b"if-none-match", tag.encode())] if tag else []
    return Request(
        {
            "type": "http",
            "method": method,
            "path": path,
            "root_path": "/static",
            "query_string": query.encode(),
            "headers": headers,
        }
    )


@pytest.mark.proves("W-3")
def test_a_changed_file_has_another_address(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    first = Assets(tmp_path).url("a.js")
    (tmp_path / "a.js").write_text("2")
    assert Assets(tmp_path).url("a.js") != first


@pytest.mark.proves("W-3")
def test_only_the_right_version_is_kept_for_good() -> None:
    assets = Assets()
    right = assets.respond(request(assets.url("base.css")))
    assert "immutable" in right.headers["cache-control"]
    for address in ("/static/base.css", "/static/base.css?v=0"):
        assert assets.respond(request(address)).headers["cache-control"] == "public, no-cache"
    again = assets.respond(request("/static/base.css", tag=right.headers["etag"]))
    assert (again.status_code, again.body) == (304, b"")


@pytest.mark.proves("C-11")
@pytest.mark.parametrize("path", ["/static/../__init__.py", "/static//etc/passwd", "/static/", "/static/nothing.css"])
def test_nothing_else_is_served(path: str) -> None:
    with pytest.raises(NotFound):
        Assets().respond(request(path))


def test_files_can_only_be_read() -> None:
    with pytest.raises(MethodNotAllowed) as refused:
        Assets().respond(request("/static/base.css", method="POST"))
    assert refused.value.headers == {"Allow": "GET, HEAD"}


@pytest.mark.asyncio
@pytest.mark.proves("C-13")
@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/static/nothing.css", 404, "not_found"), ("POST", "/static/base.css", 405, "method_not_allowed")],
)
async def test_a_refusal_is_a_problem_document_as_elsewhere(method: str, path: str, status: int, code: str) -> None:
    app = create_app(service="checkout", settings=sample_settings())
    app.mount("/static", static_app(Assets()))
    answer = await call(app, method, path)
    assert (answer.status, answer.json["code"], answer.json["instance"]) == (status, code, path)


@pytest.mark.proves("W-3")
def test_fonts_are_fetched_once_and_carry_their_licence() -> None:
    assets = Assets()
    sheet = bytes(assets.respond(request(assets.url("tokens.css"))).body).decode()
    named = set(re.findall(r'url\("([^"]+)"\)', sheet))
    assert named == {assets.url("archivo.woff2"), assets.url("geist-mono.woff2")}
    for font in ("archivo", "geist-mono"):
        assert "SIL OPEN FONT LICENSE Version 1.1" in (STATIC_DIR / f"{font}.OFL.txt").read_text()
