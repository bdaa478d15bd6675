"""What all pages share: the brand of the installation, and the face of a refusal."""

from __future__ import annotations

import pytest
from fastapi import Request

import config
from chassis.errors import NotFound, RateLimited
from checkout.web.site import Site
from tests.fixtures import shipped

ASKED = Request({"type": "http", "method": "GET", "path": "/nowhere", "query_string": b"", "headers": []})


def site(brand: config.Brand | None = None) -> Site:
    return Site(brand=brand or shipped.brand())


def branded(**changes: str) -> config.Brand:
    return shipped.brand().model_copy(update=changes)


@pytest.mark.proves("W-4")
def test_the_name_is_set_beside_its_mark() -> None:
    assert (site().mark, site().name_after_mark) == ("6FB", "Workshops")
    assert site(branded(name="Onions", logo="Onions")).name_after_mark == ""


@pytest.mark.proves("W-4")
def test_another_brand_needs_no_code() -> None:
    tango = branded(name="Tango <Two>", logo="Tango", support_email="hi@example.org")
    page = bytes(site(tango).message("H", "T", status=200).body)
    assert b"Tango &lt;Two&gt;" in page
    assert b"mailto:hi@example.org" in page
    assert b"6FB" not in page


@pytest.mark.proves("W-1")
def test_a_seat_that_is_not_left_is_waited_for() -> None:
    assert site().waitlist("dallas", "vip") == "/waitlist?city=dallas&tier=vip"
    assert site().waitlist("dallas") == "/waitlist?city=dallas"


@pytest.mark.proves("W-1", "C-13")
@pytest.mark.asyncio
async def test_a_refused_page_has_a_face() -> None:
    lost = await site().error_page(ASKED, NotFound())
    assert (lost.status_code, b"There is nothing here." in bytes(lost.body)) == (404, True)
    busy = await site().error_page(ASKED, RateLimited(headers={"Retry-After": "7"}))
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "7")
    assert b"Too many requests" in bytes(busy.body)
