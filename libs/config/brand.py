"""How the business looks and signs (W-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import Field, field_validator, model_validator

from config.colours import INK, SHAPE_CONTRAST, STUB, WHITE, contrast, nearest_readable, text_colour_on
from config.values import Colour, Email, Id, Link, Model, Text


class Senders(Model):
    """Who messages say they are from. The email address itself is SENDGRID_FROM_EMAIL."""

    email_name: Text
    reply_to: Email
    sms_name: Text = Field(max_length=20)


class Brand(Model):
    """brand.yaml. `logo` is the part of the name that is set in the mark; `primary` the colour of buyers' pages."""

    name: Text
    logo: Text = Field(max_length=8)
    primary: Colour
    support_email: Email
    senders: Senders
    links: Mapping[Id, Link] = Field(default_factory=dict)

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
        """Ink or white: the text colour on the brand colour, 4.5 or better."""
        return text_colour_on(self.primary) or INK

    @property
    def stub_button(self) -> tuple[str, str]:
        """Background and text of the button on the black stub: white with ink where the brand can't be made out."""
        if contrast(self.primary, STUB) < SHAPE_CONTRAST:
            return WHITE, INK
        return self.primary, self.on_brand
