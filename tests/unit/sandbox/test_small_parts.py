"""Segments, TwiML, money, routes, pages of lists, endpoint limits, who may come in."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.guard import Guard
from sandbox.core.http import Request, Response, redirect
from sandbox.core.limits import EndpointLimits
from sandbox.core.routing import Router
from sandbox.settings import SandboxSettings
from sandbox.stripe.money import shown
from sandbox.stripe.state import Table
from sandbox.twilio.segments import segments
from sandbox.twilio.twiml import replies_in

pytestmark = pytest.mark.proves("S-2")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ё" * 70, 1),
        ("ё" * 71, 2),
        ("🎟" * 35, 1),
        ("🎟" * 36, 2),
    ],
)
def test_segments(text: str, count: int) -> None:
    assert segments(text) == count


@pytest.mark.parametrize(
    ("twiml", "texts"),
    [
        (b"", []),
        (b"<Response/>", []),
        (b"<Response><Message>Taken &lt;1&gt;</Message></Response>", ["Taken <1>"]),
        (b"<Response><Message to='x'><Body>One</Body></Message><Message>Two</Message></Response>", ["One", "Two"]),
    ],
)
def test_twiml(twiml: bytes, texts: list[str]) -> None:
    assert replies_in(twiml) == texts


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (95_840, "usd", "$958.40"),
        (119_800, "usd", "$1,198.00"),
        (-23_960, "usd", "−$239.60"),
        (500, "jpy", "¥500"),
        (1234, "kwd", "1.234 KWD"),
    ],
)
def test_money(amount: int, currency: str, text: str) -> None:
    assert shown(amount, currency) == text


async def _answer(_: Request) -> Response:
    return Response()


def test_routes() -> None:
    router = Router()
    for method, path in (("GET", "/a"), ("POST", "/a"), ("GET", "/a/{id}.json"), ("GET", "/a/{id}/b/{place}")):
        router.add(method, path, _answer)
    request = Request(method="HEAD", path="/a/7/b/8")
    assert router.find(request) is not None
    assert request.path_params == {"id": "7", "place": "8"}
    assert router.find(Request(method="GET", path="/a/7.json")) is not None
    assert router.find(Request(method="GET", path="/a/.json")) is None
    assert router.find(Request(method="DELETE", path="/a")) is None
    assert router.allowed("/a") == ["GET", "POST"]


def _table() -> Table:
    table = Table("thing")
    for at in range(5):
        table.add({"id": f"t{at}", "even": at % 2 == 0})
    return table


@pytest.mark.parametrize(
    ("asked", "ids", "more"),
    [
        ({"limit": 2}, ["t4", "t3"], True),
        ({"limit": 5}, ["t4", "t3", "t2", "t1", "t0"], False),
        ({"limit": 2, "after": "t1"}, ["t0"], False),
        ({"limit": 2, "before": "t1"}, ["t3", "t2"], True),
        ({"limit": 2, "before": "t3"}, ["t4"], False),
    ],
)
def test_pages(asked: dict[str, Any], ids: list[str], more: bool) -> None:
    found, follows = _table().page(lambda _: True, **({"after": None, "before": None} | asked))
    assert [each["id"] for each in found] == ids
    assert follows is more


def test_a_page_of_what_fits() -> None:
    found, follows = _table().page(lambda item: bool(item["even"]), limit=2, after=None, before=None)
    assert ([each["id"] for each in found], follows) == (["t4", "t2"], True)


class _Stopped:
    """A clock that stands where it is put."""

    now = 0.0

    def elapsed(self) -> float:
        return self.now


def test_a_bucket_fills_at_its_rate() -> None:
    clock = _Stopped()
    limits = EndpointLimits(clock, rate=25)
    assert [limits.take("a") for _ in range(26)] == [True] * 25 + [False]
    assert limits.take("b")
    clock.now = 0.2
    assert [limits.take("a") for _ in range(6)] == [True] * 5 + [False]


_ENVIRON = {"FULLHOUSE_MODE": "sandbox", "PUBLIC_URL": "http://127.0.0.1:8000", "BUSINESS_TIMEZONE": "UTC"}
_OPEN = SandboxSettings.from_environ(_ENVIRON | {"SANDBOX_URL": "http://127.0.0.1:8090"})
_LOCKED = SandboxSettings.from_environ(
    _ENVIRON | {"SANDBOX_URL": "http://box.example:8090", "SANDBOX_PASSWORD": "let me in"}
)


@pytest.mark.parametrize(
    ("settings", "client", "host", "status"),
    [
        (_OPEN, "127.0.0.1", "127.0.0.1:8090", None),
        (_OPEN, "::1", "localhost:8090", None),
        (_OPEN, "127.0.0.1", "rebound.example", 403),
        (_OPEN, "10.1.2.3", "127.0.0.1:8090", 403),
        (_LOCKED, "10.1.2.3", "box.example:8090", 401),
    ],
)
def test_who_may_come_in(settings: SandboxSettings, client: str, host: str, status: int | None) -> None:
    request = Request(method="GET", path="/payments", headers={"host": host}, client=client)
    refusal = Guard(settings).refuse(request, vendor=False)
    assert (refusal.status if refusal else None) == status


def test_a_location_takes_no_line_ends() -> None:
    assert redirect("https://x.example/é\r\nSet-Cookie: a=b").headers["location"] == (
        "https://x.example/%C3%A9%0D%0ASet-Cookie:%20a=b"
    )
