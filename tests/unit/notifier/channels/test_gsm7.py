from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels import gsm7
from sandbox.twilio.segments import segments as at_the_provider


@pytest.mark.proves("N-12")
@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("–" + "a" * 69, 1),
        ("–" + "a" * 70, 2),
        ("🎉" * 35, 1),
        ("🎉" * 36, 2),
    ],
)
def test_segments(text: str, count: int) -> None:
    assert gsm7.segments(text) == count


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400))
@pytest.mark.proves("N-12")
def test_plain_text_is_always_gsm7(text: str) -> None:
    assert gsm7.septets(gsm7.plain(text)) is not None


@pytest.mark.proves("N-12")
@pytest.mark.parametrize("text", ["Sold: 2 GA", "a" * 161, "€" * 90, "Zürich", "Łódź", "🎉" * 40])
def test_we_count_as_the_provider_does(text: str) -> None:
    assert gsm7.segments(text) == at_the_provider(text)


@pytest.mark.proves("N-12")
def test_letters_keep_their_look() -> None:
    assert gsm7.plain("São Paulo, Zürich, Łódź, Jan 24–25 “now”") == 'Sao Paulo, Zürich, ?odz, Jan 24-25 "now"'
