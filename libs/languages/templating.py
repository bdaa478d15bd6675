"""Lets Jinja templates say texts in the language that is spoken: `_("…")`, or `{% trans %}` where there are tags."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment
from markupsafe import Markup, escape

from languages.shipped import Language
from languages.speaking import current, gettext, ngettext


def add_texts(environment: Environment) -> None:
    """Where the environment escapes values, texts for `_` are escaped, too; what stands between `trans` and `endtrans`
    is HTML that templates and translators wrote.
    """
    environment.add_extension("jinja2.ext.i18n")
    environment.newstyle_gettext = True  # type: ignore[attr-defined] # the extension's: values are named
    environment.policies["ext.i18n.trimmed"] = True
    said = (_escaped, _gettext, _ngettext) if environment.autoescape else (gettext, gettext, ngettext)
    environment.globals.update(zip(("_", "gettext", "ngettext"), said, strict=True), language=current)


def _escaped(message: str, **values: object) -> Markup:
    text = _text(message, current())
    return text % values if values else _whole(text)


@lru_cache(maxsize=4096)
def _text(message: str, language: Language) -> Markup:
    return escape(language.texts.gettext(message))


@lru_cache(maxsize=4096)
def _whole(text: Markup) -> Markup:
    return text % {}


def _gettext(message: str, **values: object) -> Markup:
    return Markup(current().texts.gettext(message)) % values  # noqa: S704


def _ngettext(singular: str, plural: str, number: int, **values: object) -> Markup:
    return Markup(current().texts.ngettext(singular, plural, number)) % {"count": number, **values}  # noqa: S704
