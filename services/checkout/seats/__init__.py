"""The seats as inventory keeps them: asked for and given back by purchases, shown on pages (I-1, I-2)."""

from __future__ import annotations
