from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi import Request

from chassis.errors import NotFound, RateLimited
from checkout.web.site import Links, Site
from tests.unit.checkout.web.shop import SampleBrand

ASKED = Request({"type": "http", "method": "GET", "path": "/nowhere", "query_string": b"", "headers": []})


def site(brand: SampleBrand | None = None, links: Links | None = None) -> Site:
    return Site(brand=brand or SampleBrand(), public_url="https://tickets.example.com", links=links)


@pytest.mark.proves("W-4")
def test_the_name_is_set_beside_its_mark() -> None:
    assert (site().mark, site().name_after_mark) == ("6FB", "Workshops")
    assert site(replace(SampleBrand(), name="Onions", logo="Onions")).name_after_mark == ""


@pytest.mark.proves("W-4")
def test_another_brand_needs_no_code() -> None:
    page = bytes(
        site(SampleBrand(name="Tango <Two>", logo="Tango", support_email="hi@example.org"))
        .message("H", "T", status=200)
        .body
    )
    assert b"Tango &lt;Two&gt;" in page
    assert b"mailto:hi@example.org" in page
    assert b"6FB" not in page


@pytest.mark.proves("W-1")
def test_only_pages_that_exist_are_linked() -> None:
    assert b"Find my purchase" not in bytes(site().message("H", "T", status=200).body)
    linked = site(links=Links(find_purchase="/find-my-purchase"))
    assert b'href="/find-my-purchase"' in bytes(linked.message("H", "T", status=200).body)


@pytest.mark.proves("W-1")
def test_the_waiting_list_is_joined_by_email_until_it_has_a_page() -> None:
    assert site().waitlist("dallas", "vip") == "mailto:help@example.com?subject=Waiting%20list%3A%20dallas%2C%20vip"
    assert site(links=Links(waitlist="/waitlist")).waitlist("dallas", "vip") == "/waitlist?city=dallas&tier=vip"


@pytest.mark.proves("W-1", "C-13")
@pytest.mark.asyncio
async def test_a_refused_page_has_a_face() -> None:
    lost = await site().error_page(ASKED, NotFound())
    assert (lost.status_code, b"There is nothing here." in bytes(lost.body)) == (404, True)
    busy = await site().error_page(ASKED, RateLimited(headers={"Retry-After": "7"}))
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "7")
    assert b"Too many requests" in bytes(busy.body)
