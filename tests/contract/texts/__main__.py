"""`make texts`: brings each language's file up to the texts that stand in code and templates.

With a locale, as `make texts NEW=fr_FR`: begins the file of another language.
"""

from __future__ import annotations

import sys

from languages.shipped import FOLDER
from tests.contract.texts.files import begin, updated

for locale in sys.argv[1:]:
    begin(locale)
for path in sorted(FOLDER.glob("*.po")):
    path.write_text(updated(path), encoding="utf-8")
