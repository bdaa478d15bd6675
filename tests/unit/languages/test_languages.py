from __future__ import annotations

import asyncio

import pytest

from languages import (
    ENGLISH,
    current,
    gettext,
    language_of,
    languages,
    ngettext,
    pgettext,
    preferred,
    speaking,
    translate,
)

pytestmark = pytest.mark.proves("W-1", "W-4")

SPANISH = language_of("es")


def test_each_language_is_there_once_with_its_own_name() -> None:
    known = [(tag, each.name, each.page_tag) for tag, each in languages().items()]
    assert known[0] == ("en", "English", "en-US")
    assert ("es", "Español", "es-US") in known
    assert language_of("es") is language_of("es")
    assert language_of("tlh") is ENGLISH


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("eo, en;q=0.7, es;q=0.3", "en"),
        ("ES-419", "es"),
        ("en;q=0.4, es ; q=0.5", "es"),
        ("es;q=0, en;q=0.1", "en"),
    ],
)
def test_a_browser_gets_what_it_likes_best(header: str, tag: str) -> None:
    assert preferred(header) is language_of(tag)


@pytest.mark.parametrize("header", ["", "eo", "*", ";;,=,", "es;q=much", "q=1", "," * 500])
def test_a_header_that_names_no_language_of_ours_decides_nothing(header: str) -> None:
    assert preferred(header) is None


def test_a_text_is_in_the_language_that_is_spoken() -> None:
    with speaking(SPANISH):
        assert gettext("Full refund until %(day)s.", day="17") == "Reembolso completo hasta el 17."
        assert [ngettext("%(count)s seat", "%(count)s seats", count) for count in (0, 1, 2)] == [
            "0 lugares",
            "1 lugar",
            "2 lugares",
        ]
        assert pgettext("pattern", "MMMM d") == "d 'de' MMMM"
        assert translate("Sold out") == "Agotado"
    assert ngettext("%(count)s seat", "%(count)s seats", 1) == "1 seat"
    assert current() is ENGLISH


def test_what_people_wrote_is_said_as_it_is() -> None:
    with speaking(SPANISH):
        assert translate("Back at 100% tomorrow") == "Back at 100% tomorrow"
        assert translate("") == ""


def test_two_at_once_speak_each_its_own() -> None:
    async def said(tag: str) -> str:
        with speaking(language_of(tag)):
            await asyncio.sleep(0)
            return await asyncio.to_thread(gettext, "Sold out")

    async def both() -> list[str]:
        return list(await asyncio.gather(said("es"), said("en")))

    assert asyncio.run(both()) == ["Agotado", "Sold out"]
