from __future__ import annotations

import pytest

from chassis.emails import email_key


@pytest.mark.parametrize("spelling", ["ann@example.com", " Ann@Example.com ", "ANN@EXAMPLE.COM"])
def test_spellings_of_an_address_have_one_key(spelling: str) -> None:
    assert email_key(spelling) == "ann@example.com"
