"""brand.yaml: the business's name, logo, colour, addresses and language (W-4)."""

from __future__ import annotations

from typing import Self

from pydantic import Field, field_validator, model_validator

from config.colours import INK, nearest_readable, text_colour_on
from config.values import Colour, Email, Model, Text
from languages import ENGLISH, tags


class Brand(Model):
    """brand.yaml: the business's name, logo, colour, addresses and language."""

    name: Text = Field(description="the business's name")
    logo: Text = Field(max_length=8, description="the beginning of the name that is set in the mark")
    primary: Colour = Field(description="the colour of buyers' pages; ink or white must be readable on it")
    support_email: Email = Field(description="the address that pages and messages name for help")
    reply_to: Email = Field(description="the address that answers to our e-mails go to")

    language: Text = Field(
        default=ENGLISH.tag, description="the language for whom no other is known: one that is shipped"
    )

    @field_validator("language")
    @classmethod
    def _shipped(cls, tag: str) -> str:
        if tag not in tags():
            raise ValueError(f"there are no texts in {tag!r}; shipped are {', '.join(tags())}")
        return tag

    @field_validator("primary")
    @classmethod
    def _readable(cls, colour: str) -> str:
        if text_colour_on(colour) is None:
            raise ValueError(
                f"neither ink nor white can be read on {colour} (contrast below 4.5); "
                f"the nearest colour that works is '{nearest_readable(colour)}'"
            )
        return colour

    @model_validator(mode="after")
    def _logo_in_name(self) -> Self:
        if not self.name.startswith(self.logo):
            raise ValueError(
                f"name must begin with the logo's text {self.logo!r}: the page sets the rest beside the mark"
            )
        return self

    @property
    def on_brand(self) -> str:
        """Ink or white: the text colour on the brand colour, with a contrast of 4.5 or better."""
        return text_colour_on(self.primary) or INK
