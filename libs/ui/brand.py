"""Turns `brand.yaml` into the files that all pages share: CSS custom properties, and the icon of a tab (W-4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Protocol

from config.colours import INK, TEXT_CONTRAST, WHITE, contrast

_STUBS = (INK, "#1B1F23")
_EDGE_CONTRAST = 3.0
_HEX = re.compile(r"#[0-9A-Fa-f]{6}")


class Brand(Protocol):
    """What pages need of `config.brand`."""

    @property
    def name(self) -> str:
        """The business's name: `6FB Workshops`."""
        ...

    @property
    def logo(self) -> str:
        """The part of the name in the logo: `6FB`."""
        ...

    @property
    def primary(self) -> str:
        """The brand colour, `#RRGGBB`."""
        ...

    @property
    def on_brand(self) -> str:
        """The text colour on the brand colour, `#RRGGBB`: ink or white, as configuration computed it."""
        ...

    @property
    def support_email(self) -> str:
        """The address that buyers write to."""
        ...


_ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="{brand}" d="M0 0h32v32H0z"/>'
    '<path fill="{ink}" d="M5 8h22v5a3 3 0 0 0 0 6v5H5v-5a3 3 0 0 0 0-6z"/></svg>'
)


def brand_files(brand: Brand) -> Mapping[str, str]:
    """`brand.css` and `icon.svg`, for the `made` of `Assets`."""
    icon = _ICON.format(brand=_colour(brand.primary), ink=_colour(brand.on_brand))
    return {"brand.css": brand_css(brand), "icon.svg": icon}


def brand_css(brand: Brand) -> str:
    """A style sheet that sets the brand's custom properties on `:root`.

    For a brand colour too near to black, the dark stub gets a white button with ink text.
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
