"""The Jinja environment of all pages: escaping on, missing values raise, texts in the language that is spoken, formats
and posters' sizes as filters.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from chassis import formats
from languages import current
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
        extensions=["jinja2.ext.i18n"],
    )
    made.newstyle_gettext = True  # type: ignore[attr-defined] # the extension's: values are named
    made.policies["ext.i18n.trimmed"] = True
    made.globals.update(_=_text, gettext=_gettext, ngettext=_ngettext, language=current)
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


def _text(message: str, **values: object) -> Markup:
    """A text without HTML, for `_("…")`."""
    return escape(current().texts.gettext(message)) % values


def _gettext(message: str, **values: object) -> Markup:
    """What stands between `trans` and `endtrans`: HTML that templates and translators wrote; values are escaped."""
    return Markup(current().texts.gettext(message)) % values  # noqa: S704


def _ngettext(singular: str, plural: str, number: int, **values: object) -> Markup:
    """The same in the form for this number, which the text has as `%(count)s`."""
    return Markup(current().texts.ngettext(singular, plural, number)) % {"count": number, **values}  # noqa: S704
