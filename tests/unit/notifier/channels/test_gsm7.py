from __future__ import annotations

import unicodedata

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


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "Z")), max_size=200))
@pytest.mark.proves("N-12")
def test_no_letter_is_ever_lost(text: str) -> None:
    def letters(of: str) -> list[str]:
        return [each for each in unicodedata.normalize("NFKC", of) if unicodedata.category(each)[0] == "L"]

    assert letters(gsm7.sendable(text)) == letters(text)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
@pytest.mark.proves("N-12")
def test_what_may_be_sent_stays_as_it_is(text: str) -> None:
    sent = gsm7.sendable(text)
    assert gsm7.sendable(sent) == sent


@pytest.mark.proves("N-12")
@pytest.mark.parametrize("text", ["Sold: 2 GA", "a" * 161, "€" * 90, "Zürich", "Łódź", "🎉" * 40])
def test_we_count_as_the_provider_does(text: str) -> None:
    assert gsm7.segments(text) == at_the_provider(text)


@pytest.mark.proves("N-12")
@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Zürich, café, Jan 24–25 “now”…", 'Zürich, café, Jan 24-25 "now"...'),
        ("cafe\u0301", "café"),
        ("Łódź, São Paulo", "Łódź, São Paulo"),
        ("Київ", "Київ"),
        ("東京", "東京"),
        ("Αθήνα", "Αθήνα"),
        ("🎉 Sold ✅ out\u200b\ufe0f", " Sold  out"),
        ("₹4,500.00 · 4.500 ₫", "INR 4,500.00 - 4.500 VND"),
        ("€12, ¥500, $7", "€12, ¥500, $7"),
        ("ﬁve ②", "five 2"),
    ],
)
def test_signs_give_way_and_letters_stay(text: str, sent: str) -> None:
    assert gsm7.sendable(text) == sent


@pytest.mark.proves("N-12")
@pytest.mark.parametrize("name", ["Dallas", "Dallas " * 60, "Київ", "Київ " * 60, "Київ" + "🎉" * 200, "€" * 300])
def test_a_name_gives_way_until_the_text_fits(name: str) -> None:
    text = gsm7.fitted(lambda short, wide: f"4471 {short}" if wide else f"{short} 4471", name)
    assert gsm7.fits(text)
    assert text.startswith("4471 ") is (gsm7.septets(text) is None)
    assert text.endswith(" 4471") is not (gsm7.septets(text) is None)
    assert gsm7.segments(text) <= 2
