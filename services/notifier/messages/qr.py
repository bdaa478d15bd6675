"""Ticket codes as QR images for mails: PNG, black on white with its quiet zone, error level M."""

from __future__ import annotations

import struct
import zlib
from typing import Final, cast

import zxingcpp

_SCALE: Final = 8  # pixels a module, so that at one bit a pixel a module of a row is exactly one byte
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_GREY_1_BIT: Final = (1, 0, 0, 0, 0)
_UNFILTERED: Final = b"\0"
_FASTEST: Final = 1  # the default level takes seven times as long and saves 400 bytes


def qr_png(code: str) -> bytes:
    """About 0.5 ms; call it off the event loop."""
    barcode = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = zxingcpp.write_barcode_to_image(barcode, add_quiet_zones=True)
    height, width = image.shape[:2]
    modules = memoryview(cast("bytes", image)).tobytes()  # a byte each: 0 is black, 255 white
    rows = (_UNFILTERED + modules[at : at + width] for at in range(0, height * width, width))
    pixels = b"".join(row * _SCALE for row in rows)
    header = struct.pack(">II5B", width * _SCALE, height * _SCALE, *_GREY_1_BIT)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(pixels, _FASTEST)), _chunk(b"IEND", b""))
    return _SIGNATURE + b"".join(chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
