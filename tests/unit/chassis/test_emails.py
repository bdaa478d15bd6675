from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from chassis.emails import EmailAddress, email_key
from chassis.texts import visible

SPELLINGS = (
    "ann@example.com",
    " Ann@Example.com ",
    "ANN@EXAMPLE.COM",
    "ann@example.com\u200b",
    "a\u00adnn@example.com",
    "\ufeffann@example.com",
    "ann@exam\u2060ple.com",
    "\uff41\uff4e\uff4e\uff20example.com",
)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spellings_of_an_address_have_one_key(spelling: str) -> None:
    assert email_key(spelling) == "ann@example.com"


@pytest.mark.proves("C-1", "N-8")
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_address_is_kept_in_one_form(spelling: str) -> None:
    assert TypeAdapter(EmailAddress).validate_python(spelling).lower() == "ann@example.com"


def test_a_name_keeps_what_joins_its_letters_and_loses_what_nobody_sees() -> None:
    assert visible("Jo\u00adrdan\u200b \ufeffEllis") == "Jordan Ellis"
    assert visible("\u0646\u06cc\u200c\u0644\u0648") == "\u0646\u06cc\u200c\u0644\u0648"
