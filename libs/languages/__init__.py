"""The languages that buyers are spoken to in: one file of texts for each, beside the English that stands in code.

A text is English where it is used, `gettext("Full refund until %(day)s.", day=…)` or `{% trans %}` in a template, and
comes out in the language of whoever is spoken to (docs/adr/0025). CONTRIBUTING.md says how texts and languages are
added.
"""

from __future__ import annotations

from languages.preference import preferred
from languages.shipped import ENGLISH, Language, language_of, languages, tags
from languages.speaking import current, gettext, gettext_noop, ngettext, pgettext, speaking, translate

__all__ = [
    "ENGLISH",
    "Language",
    "current",
    "gettext",
    "gettext_noop",
    "language_of",
    "languages",
    "ngettext",
    "pgettext",
    "preferred",
    "speaking",
    "tags",
    "translate",
]
