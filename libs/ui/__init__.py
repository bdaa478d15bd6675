"""The look of all pages: tokens, components, fonts, icons, formats (W-3, W-4).

Pages load `tokens.css`, `buyer.css` and `/static/brand.css`; templates import macros from `ui/…`.
"""

from __future__ import annotations

from ui.assets import STATIC_DIR, Assets, static_app
from ui.brand import Brand, brand_css, brand_files
from ui.environment import environment
from ui.poster import poster_class, poster_css

__all__ = [
    "STATIC_DIR",
    "Assets",
    "Brand",
    "brand_css",
    "brand_files",
    "environment",
    "poster_class",
    "poster_css",
    "static_app",
]
