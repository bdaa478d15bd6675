from __future__ import annotations

import re

import pytest
import zxingcpp

from checkout.web.qr import qr_codes, qr_svg


def modules(svg: str) -> list[list[int]]:
    """The picture that the SVG paints, 4 pixels a module."""
    size = int(re.findall(r'viewBox="0 0 (\d+)', svg)[0])
    picture = [[255] * size for _ in range(size)]
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", svg):
        for at in range(int(x), int(x) + int(width)):
            picture[int(y)][at] = 0
    return [[value for value in row for _ in range(4)] for row in picture for _ in range(4)]


@pytest.mark.proves("I-3", "W-1")
@pytest.mark.asyncio
async def test_a_drawn_code_reads_back_as_the_ticket() -> None:
    code = "FH1:6BFOXN*TS0BI$ZD-PHQ7I9AD66V5B22CH9M9ESI9XBHXK-%69LQOGI.*V76GCV4*XUA2P-FHT-HNTI4L6N$Q%UG/YL"
    (svg,) = await qr_codes([code])
    picture = modules(svg)
    image = memoryview(bytes(value for row in picture for value in row)).cast("B", (len(picture), len(picture)))
    (read,) = zxingcpp.read_barcodes(image)
    assert read.text == code


@pytest.mark.proves("W-1")
def test_the_quiet_zone_is_four_modules() -> None:
    picture = modules(qr_svg("7K3M-2QXD-1"))
    quiet = 4 * 4
    assert all(value == 255 for row in picture[:quiet] for value in row)
    assert all(value == 255 for row in picture for value in row[:quiet])
    assert picture[quiet][quiet] == 0
