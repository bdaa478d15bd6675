"""QR codes as inline SVG: black on white, quiet zone of 4 modules."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from typing import cast

import zxingcpp
from markupsafe import Markup

_QUIET = 4


async def qr_codes(texts: Sequence[str]) -> list[Markup]:
    """An SVG element for each text; encoded off the event loop."""
    return await asyncio.to_thread(lambda: [qr_svg(text) for text in texts])


@lru_cache(maxsize=2048)
def qr_svg(text: str) -> Markup:
    """One code at error level M. Its size comes from the style sheet; the box includes the quiet zone."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = zxingcpp.write_barcode_to_image(code, add_quiet_zones=False)
    rows = cast("list[list[int]]", memoryview(cast("bytes", image)).tolist())
    size = len(rows) + 2 * _QUIET
    path = "".join(_runs(y + _QUIET, row) for y, row in enumerate(rows))
    return Markup(
        '<svg class="qr" viewBox="0 0 {0} {0}" shape-rendering="crispEdges" aria-hidden="true" focusable="false">'
        '<path fill="#fff" d="M0 0h{0}v{0}H0z"/><path fill="#000" d="{1}"/></svg>'
    ).format(size, path)


def _runs(y: int, row: Sequence[int]) -> str:
    """The dark modules of a row as horizontal bars."""
    parts: list[str] = []
    x = 0
    while x < len(row):
        end = x
        while end < len(row) and row[end] == 0:
            end += 1
        if end > x:
            parts.append(f"M{x + _QUIET} {y}h{end - x}v1h-{end - x}z")
        x = end + 1
    return "".join(parts)
