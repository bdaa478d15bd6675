"""The files of texts: what stands in code and templates, and what each language says for it."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from languages.shipped import FOLDER

ROOT: Final = Path(__file__).parents[3]
_ROOMS: Final = ("deploy/gateway", "libs", "services")
_KEYWORDS: Final = ("_", "gettext", "gettext_noop", "ngettext", "pgettext")
_COMMENTS: Final = ("Translators:",)
_TEMPLATES: Final = {"trimmed": "true", "newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true"}


def in_code() -> Catalog:
    """Every text that code and templates mark, with the files that have it."""
    found = Catalog()
    for path in _sources():
        name = path.relative_to(ROOT).as_posix()
        for _, keyword, texts, comments in _marked(path):
            message, context = _message(keyword, texts)
            if message:
                found.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    return found


def said(path: Path) -> Catalog:
    """What a language says."""
    with path.open("rb") as file:
        return read_po(file)


def updated(path: Path) -> str:
    """The file with a place for each text that code has now, and none for others; its header stays as it is."""
    header, _, _ = path.read_text(encoding="utf-8").partition("\n\n")
    before, now = said(path), in_code()
    now.locale = before.locale
    for message in now:
        known = before.get(message.id, message.context)
        if message.id and known is not None:
            message.string = known.string
    written = BytesIO()
    write_po(written, now, omit_header=True, include_lineno=False, sort_by_file=True, width=110)
    return f"{header}\n\n{written.getvalue().decode().strip()}\n"


def begin(locale: str) -> None:
    """A file without texts for another language, with what its header must say."""
    language = Locale.parse(locale)
    header = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {locale}\\n"\n"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: {get_plural(language).plural_forms}\\n"\n\n'
    )
    (FOLDER / f"{language.language}.po").write_text(header, encoding="utf-8")


def _sources() -> Iterator[Path]:
    for room in _ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix == ".py" and b"from languages import" in path.read_bytes():
                yield path
            if path.suffix in {".html", ".mjml"} or (path.suffix == ".txt" and path.parent.name == "templates"):
                yield path


def _marked(path: Path) -> Iterator[tuple[Any, ...]]:
    """Line, function, its arguments and the comments for translators."""
    with path.open("rb") as file:
        if path.suffix == ".py":
            yield from extract_python(file, dict.fromkeys(_KEYWORDS), _COMMENTS, {})
        else:
            yield from babel_extract(file, _KEYWORDS, _COMMENTS, dict(_TEMPLATES))


def _message(keyword: str, texts: Any) -> tuple[Any, str | None]:
    """The text, with both forms where it has two, and its context."""
    given = texts if isinstance(texts, tuple) else (texts,)
    match keyword:
        case "pgettext":
            return given[1], given[0]
        case "ngettext":
            return (given[0], given[1]) if given[0] else None, None
        case _:
            return given[0], None
