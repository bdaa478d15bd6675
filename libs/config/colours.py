"""The contrast of two colours (WCAG), and the text colour for a background."""

from __future__ import annotations

from typing import Final

INK: Final = "#0F1113"
WHITE: Final = "#FFFFFF"
TEXT_CONTRAST: Final = 4.5
_LINEAR_PART: Final = 0.04045

Rgb = tuple[int, int, int]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours `#RRGGBB`, from 1 to 21."""
    darker, lighter = sorted((_luminance(parse(one)), _luminance(parse(other))))
    return (lighter + 0.05) / (darker + 0.05)


def text_colour_on(colour: str) -> str | None:
    """Ink or white, whichever has more contrast; None where neither reaches 4.5."""
    best = max((INK, WHITE), key=lambda text: contrast(text, colour))
    return best if contrast(best, colour) >= TEXT_CONTRAST else None


def nearest_readable(colour: str) -> str:
    """The nearest lighter or darker shade on which ink or white reaches 4.5."""
    for step in range(1, 256):
        for target in (0, 255):
            shade = _mix(parse(colour), target, step / 255)
            if text_colour_on(shade):
                return shade
    return INK


def parse(colour: str) -> Rgb:
    """Red, green and blue of `#RRGGBB`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(colour: Rgb, target: int, share: float) -> str:
    red, green, blue = (round(channel + (target - channel) * share) for channel in colour)
    return f"#{red:02X}{green:02X}{blue:02X}"


def _luminance(colour: Rgb) -> float:
    red, green, blue = (_linear(channel / 255) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= _LINEAR_PART else float(((channel + 0.055) / 1.055) ** 2.4)
