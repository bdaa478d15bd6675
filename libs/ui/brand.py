"""Brand by configuration (W-4): the custom properties that buyer pages take from `brand.yaml`."""

from __future__ import annotations

import re
from typing import Protocol

from config.colours import INK, TEXT_CONTRAST, WHITE, contrast

_STUBS = (INK, "#1B1F23")
_EDGE_CONTRAST = 3.0
_HEX = re.compile(r"#[0-9A-Fa-f]{6}")


class Brand(Protocol):
    """What pages need of `config.brand`. `on_brand` is ink or white, as configuration computed it."""

    @property
    def name(self) -> str:
        """The name as people say it: `6FB Workshops`."""
        ...

    @property
    def logo(self) -> str:
        """The part of the name that is set in the mark: `6FB`."""
        ...

    @property
    def primary(self) -> str:
        """The colour, `#RRGGBB`."""
        ...

    @property
    def on_brand(self) -> str:
        """The text colour on it, `#RRGGBB`."""
        ...

    @property
    def support_email(self) -> str:
        """Where buyers write to."""
        ...


def brand_css(brand: Brand) -> str:
    """`:root` with the brand's custom properties.

    On the dark stub a brand that is too near to black gets a white button with ink text.
    """
    primary, on_brand = _colour(brand.primary), _colour(brand.on_brand)
    seen = min(contrast(primary, stub) for stub in _STUBS) >= _EDGE_CONTRAST
    stub_action, on_stub_action = (primary, on_brand) if seen else (WHITE, INK)
    accent = primary if min(contrast(primary, stub) for stub in _STUBS) >= TEXT_CONTRAST else WHITE
    return (
        ":root {\n"
        f"  --brand: {primary};\n  --on-brand: {on_brand};\n"
        f"  --stub-action: {stub_action};\n  --on-stub-action: {on_stub_action};\n"
        f"  --stub-accent: {accent};\n"
        "}\n"
    )


def _colour(value: str) -> str:
    if not _HEX.fullmatch(value):
        raise ValueError(f"A brand colour is written #RRGGBB, not {value!r}.")
    return value
