from __future__ import annotations

from dataclasses import dataclass

import pytest

from ui import brand_css, poster_class, poster_css


@dataclass(frozen=True)
class Named:
    primary: str
    on_brand: str
    name: str = "Six Rooms"
    logo: str = "Six"
    support_email: str = "help@example.com"


@pytest.mark.proves("W-4", "W-3")
def test_a_bright_brand_acts_on_the_stub_and_a_dark_one_gives_way_to_white() -> None:
    bright = brand_css(Named("#F6BA2B", "#0F1113"))
    assert "--brand: #F6BA2B;" in bright
    assert "--stub-action: #F6BA2B;" in bright
    dark = brand_css(Named("#14244A", "#FFFFFF"))
    assert "--stub-action: #FFFFFF;" in dark
    assert "--on-stub-action: #0F1113;" in dark
    assert "--stub-accent: #FFFFFF;" in dark


@pytest.mark.proves("W-4")
@pytest.mark.parametrize("colour", ["red", "#fff", "#F6BA2B; } body { display: none", "url(x)"])
def test_only_a_colour_becomes_style(colour: str) -> None:
    with pytest.raises(ValueError, match="#RRGGBB"):
        brand_css(Named(colour, "#0F1113"))


@pytest.mark.proves("W-3")
@pytest.mark.parametrize(
    ("city", "size"),
    [
        ("Dallas", "plain"),
        ("New York", "plain"),
        ("Houston", "plain"),
        ("Portland", "long"),
        ("San Francisco", "longest"),
    ],
)
def test_a_city_steps_down_by_its_letters(city: str, size: str) -> None:
    assert poster_class(city).split()[0] == size


@pytest.mark.proves("W-3")
def test_every_width_of_a_name_has_its_rule() -> None:
    rules = poster_css()
    for city in ("Ely", "Dallas", "Minneapolis", "Rancho Cucamonga", "W" * 40, ""):
        assert f".{poster_class(city).split()[1]} {{" in rules
