from __future__ import annotations

import pytest

from checkout.web import forms
from checkout.web.forms import RegisterForm, check_form, email_problem, read_form

KINDS = frozenset({"barber", "individual"})


def complete(**changes: str) -> RegisterForm:
    typed = {
        "city": "dallas-jan-2026",
        "tier": "GA",
        "quantity": "2",
        "first_name": " Jordan ",
        "last_name": "Ellis",
        "email": "jordan.ellis@example.com",
        "business_type": "barber",
    }
    return read_form(typed | changes, max_quantity=6)


@pytest.mark.proves("W-1")
def test_a_complete_form_is_trimmed_and_has_nothing_to_mend() -> None:
    form = complete()
    assert (form.first_name, form.tier, form.quantity) == ("Jordan", "ga", 2)
    assert check_form(form, business_types=KINDS) == {}


@pytest.mark.proves("W-1")
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", forms.sentences(forms.EMAIL_MISSING, forms.TICKETS_GO_THERE)),
        ("jordan.ellis", forms.sentences(forms.EMAIL_NO_AT, forms.TICKETS_GO_THERE)),
        ("@example.com", forms.sentences(forms.EMAIL_NO_NAME, forms.TICKETS_GO_THERE)),
        ("jordan@", forms.sentences(forms.EMAIL_NO_ENDING, forms.TICKETS_GO_THERE)),
        ("jordan@example", forms.sentences(forms.EMAIL_NO_ENDING, forms.TICKETS_GO_THERE)),
        ("jordan@example.", forms.sentences(forms.EMAIL_NO_ENDING, forms.TICKETS_GO_THERE)),
        ("jordan@.com", forms.sentences(forms.EMAIL_NO_ENDING, forms.TICKETS_GO_THERE)),
        ("jordan ellis@example.com", forms.EMAIL_ODD),
        ("jordan@ellis@example.com", forms.EMAIL_ODD),
        ("jordan..ellis@example.com", forms.EMAIL_ODD),
    ],
)
def test_an_address_that_cant_get_mail_is_told_in_words(address: str, words: str) -> None:
    assert email_problem(address) == words


@pytest.mark.proves("W-1")
@pytest.mark.parametrize("address", ["a@b.co", "jordan+w@mail.example.com", "o'neil@example.co.uk", "ü@example.com"])
def test_an_address_that_can_get_mail_passes(address: str) -> None:
    assert email_problem(address) is None


@pytest.mark.proves("W-1")
def test_what_is_missing_comes_in_the_order_of_the_page() -> None:
    wrong = check_form(RegisterForm(city_id="dallas-jan-2026", phone="12"), business_types=KINDS)
    assert list(wrong) == ["tier", "first_name", "last_name", "email", "business_type"]


@pytest.mark.proves("C-1", "W-1")
@pytest.mark.parametrize(
    ("phone", "region", "hint"),
    [
        ("", "US", forms.PHONE),
        ("(352) 555-0137", "US", forms.PHONE),
        ("020 7946 0123", "GB", forms.PHONE),
        ("020 7946 0123", "US", forms.PHONE_UNREADABLE),
        ("555", "US", forms.PHONE_UNREADABLE),
        ("call my shop", "US", forms.PHONE_UNREADABLE),
    ],
)
def test_a_number_that_cant_be_read_is_asked_about_and_in_nobodys_way(phone: str, region: str, hint: str) -> None:
    assert forms.phone_hint(phone, region=region) == hint
    assert check_form(complete(phone=phone), business_types=KINDS) == {}


@pytest.mark.proves("W-1")
@pytest.mark.parametrize(
    ("typed", "seats"), [("0", 1), ("-3", 1), ("7", 6), ("two", 1), ("٣", 1), ("9" * 400, 1), ("3", 3)]
)
def test_a_number_of_seats_is_bounded_and_another_one_is_never_bought(typed: str, seats: int) -> None:
    form = complete(quantity=typed)
    assert form.quantity == seats
    wrong = check_form(form, business_types=KINDS)
    assert wrong == ({} if typed == str(seats) else {"quantity": forms.QUANTITY})


@pytest.mark.proves("C-11")
def test_what_is_too_long_or_can_not_be_seen_is_cut() -> None:
    form = complete(first_name="J" * 5000, last_name="El\x00li\ns")
    assert len(form.first_name) == 200
    assert form.last_name == "Ellis"
