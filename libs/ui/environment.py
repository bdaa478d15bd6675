"""The Jinja environment of all pages: escaping on, missing values raise, texts in the language that is spoken, formats
and posters' sizes as filters.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chassis import formats
from languages.templating import add_texts
from ui.poster import poster_class

_TEMPLATES = Path(__file__).parent / "templates"


def environment(*template_dirs: Path) -> Environment:
    """An environment that finds templates in these directories first, then the shared macros under `ui/`."""
    made = Environment(
        loader=FileSystemLoader([*template_dirs, _TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    add_texts(made)
    made.filters.update(
        money=formats.money,
        money_short=formats.money_short,
        countdown=formats.countdown,
        clock_time=formats.clock_time,
        zoned_time=formats.zoned_time,
        long_date=formats.long_date,
        poster_class=poster_class,
    )
    return made
