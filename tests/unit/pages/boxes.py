"""Finds what is cut, covered, off the screen or squeezed on a page, at many widths: a real browser measures boxes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

# Between two neighbours nothing has broken yet that was whole at both; wide pages change more slowly.
WIDTHS: Final = (*range(320, 841, 20), *range(880, 1441, 40))
_SCRIPT: Final = (Path(__file__).parent / "boxes.js").read_text()


def sweep(page: Page, path: str, widths: Sequence[int] = WIDTHS) -> list[str]:
    """A line for each fault of the page at `path`, with the widths at which it shows.

    `page` stands at an empty address of the same origin: there the other page is drawn in a frame, whose width is set.
    """
    if not page.evaluate("'sweep' in window"):
        page.add_script_tag(content=_SCRIPT)
    found = page.evaluate("sweep", {"path": path, "widths": list(widths)})
    return [f"{words} at {_spans(at)} px" for words, at in found.items()]


def _spans(widths: Sequence[int]) -> str:
    return str(widths[0]) if len(widths) == 1 else f"{widths[0]}–{widths[-1]} ({len(widths)})"
