"""What the tests of pages send along, and how they read an answer."""

from __future__ import annotations

import aiohttp

OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}
FOREIGN_PAGE = {"Sec-Fetch-Site": "cross-site"}


async def status_of(response: aiohttp.ClientResponse) -> int:
    await response.read()
    return response.status


async def text_of(response: aiohttp.ClientResponse, status: int = 200) -> str:
    text = await response.text()
    assert response.status == status, text
    return text
