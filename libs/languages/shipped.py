"""The languages that an installation has: English, and each that has a file of texts here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

# What stands below is imported before any package is installed, too (deploy/local/bootstrap.py).
if TYPE_CHECKING:
    from babel import Locale

FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """One language. Each is there once in a process, so that it is compared and hashed by itself.

    tag: what pages, cookies and orders call it: `es`
    code: the locale whose forms it writes: `es_US`
    texts: what it says for each English text
    """

    tag: str
    code: str
    texts: NullTranslations = field(default_factory=NullTranslations)

    @property
    def locale(self) -> Locale:
        """How dates and amounts are written in it."""
        return _locale(self.code)

    @property
    def name(self) -> str:
        """What those who speak it call it: `Español`."""
        return _name(self.locale)

    @property
    def page_tag(self) -> str:
        """The tag for the `lang` of a page, with the country whose forms it writes: `es-US`."""
        return _page_tag(self.locale)


ENGLISH: Final = Language("en", "en_US")


# What a page asks for each time, and a locale reads from its files.
@lru_cache
def _name(locale: Locale) -> str:
    name: str = locale.languages[locale.language]
    return name[:1].upper() + name[1:]


@lru_cache
def _page_tag(locale: Locale) -> str:
    return "-".join(filter(None, (locale.language, locale.script, locale.territory)))


@lru_cache
def _locale(code: str) -> Locale:
    from babel import Locale

    return Locale.parse(code)


def tags() -> tuple[str, ...]:
    """The tags of all languages, English first, without reading their texts."""
    return (ENGLISH.tag, *(path.stem for path in sorted(FOLDER.glob("*.po"))))


@lru_cache(maxsize=1)
def languages() -> Mapping[str, Language]:
    """All languages by tag, English first; read once in a process."""
    others = (_read(path) for path in sorted(FOLDER.glob("*.po")))
    return MappingProxyType({each.tag: each for each in (ENGLISH, *others)})


def language_of(tag: str) -> Language:
    """The language with this tag; English for one that is not, or no longer, shipped."""
    return languages().get(tag, ENGLISH)


def _read(path: Path) -> Language:
    """The language of a file of texts. Its header names the locale; the library compiles it as `msgfmt` would."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        written = read_po(file, locale=None)
    if written.locale is None:
        raise ValueError(f"{path.name} needs a header with its locale, such as `Language: es_US`")
    compiled = BytesIO()
    write_mo(compiled, written)
    compiled.seek(0)
    return Language(path.stem, str(written.locale), GNUTranslations(compiled))
