"""The languages that buyers are spoken to in: one file of texts for each, beside the English that stands in code.

A text is English where it is used, `gettext("Full refund until %(day)s.", day=…)` or `{% trans %}` in a template, and
comes out in the language of whoever is spoken to (docs/adr/0025). CONTRIBUTING.md says how texts and languages are
added.
"""

from __future__ import annotations

from languages.links import PARAMETER, in_this_language
from languages.preference import preferred
from languages.shipped import ENGLISH, Language, language_of, languages, tags
from languages.speaking import current, gettext, gettext_noop, ngettext, pgettext, speaking, translate

__all__ = [
    "ENGLISH",
    "PARAMETER",
    "Language",
    "current",
    "gettext",
    "gettext_noop",
    "in_this_language",
    "language_of",
    "languages",
    "ngettext",
    "pgettext",
    "preferred",
    "speaking",
    "tags",
    "translate",
]
