from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import Config, load
from config.brand import Brand
from config.catalogue import Catalogue
from config.colours import INK, WHITE, contrast, nearest_readable, text_colour_on
from config.documents import parse_document
from config.errors import ConfigError
from config.loading import validate

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06X}")


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load("deploy/config")


def test_times_are_local_and_utc(shipped: Config) -> None:
    dallas = shipped.catalogue.cities["dallas-jan-2027"]
    assert dallas.starts.hour == 9
    assert dallas.starts_utc == datetime(2027, 1, 23, 15, 0, tzinfo=UTC)
    assert dallas.on_sale.opens == datetime(2026, 9, 1, 14, 0, tzinfo=UTC)


@pytest.mark.proves("N-15")
def test_roles_lead_to_people_each_once(shipped: Config) -> None:
    assert shipped.contacts.people_of("alex") == ("alex",)
    assert shipped.contacts.people_of("all_hands") == ("alex", "sam", "robin")
    assert shipped.contacts.people["alex"].sms == "+13525550100"


def test_models_are_frozen(shipped: Config) -> None:
    with pytest.raises(ValueError, match="frozen"):
        shipped.brand.name = "Other"  # type: ignore[misc]


def brand(colour: str) -> Brand:
    text = (
        f'name: 6FB Workshops\nlogo: 6FB\nprimary: "{colour}"\nsupportEmail: help@example.com\n'
        "replyTo: help@example.com\n"
    )
    return validate(parse_document("brand.yaml", text), Brand)


@pytest.mark.proves("W-4")
def test_sample_brand_has_ink_on_it() -> None:
    sample = brand("#F6BA2B")
    assert sample.on_brand == INK
    assert contrast(INK, sample.primary) == pytest.approx(10.8, abs=0.05)
    assert brand("#14213D").on_brand == WHITE


@pytest.mark.proves("W-4")
def test_unreadable_colour_is_refused_and_the_nearest_named() -> None:
    with pytest.raises(ConfigError) as refused:
        brand("#767A7F")
    nearest = str(refused.value).rsplit("'", 2)[1]
    assert "brand.yaml:3: primary: neither ink nor white" in str(refused.value)
    assert brand(nearest).primary == nearest


@given(colours)
def test_every_colour_is_readable_or_has_a_readable_neighbour(colour: str) -> None:
    text = text_colour_on(colour)
    if text is None:
        assert text_colour_on(nearest_readable(colour)) is not None
    else:
        assert contrast(text, colour) >= 4.5


@pytest.mark.proves("W-3")
def test_contrast_is_wcags() -> None:
    assert contrast(WHITE, "#000000") == pytest.approx(21)
    assert contrast(INK, WHITE) == pytest.approx(18.9, abs=0.05)


def test_catalogue_needs_a_city() -> None:
    with pytest.raises(ConfigError, match=r"catalogue\.yaml:2: cities: must not be empty"):
        validate(parse_document("catalogue.yaml", "businessTypes: {individual: Me}\ncities: {}\n"), Catalogue)
