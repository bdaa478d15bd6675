"""Renders the templates, which are files: Jinja2, and MJML that becomes HTML before any value goes in (N-12)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from mjml import mjml2html

from config import Brand
from languages.templating import add_texts

_FOLDER: Final = Path(__file__).parent / "templates"
_MAILS: Final = (
    "alert",
    "confirmation",
    "oversold",
    "payment_failed",
    "refund",
    "second_charge",
    "appointment_paid",
    "appointment_refund",
    "purchases",
    "address_left",
    "change_agree",
    "change_confirm",
    "test",
    "ticket_given",
    "ticket_note",
    "waitlist_expired",
    "pass_ending",
    "pass_granted",
    "waitlist_joined",
    "waitlist_offered",
)


@dataclass(frozen=True, slots=True)
class BrandWords:
    """The business's name and colours, as templates use them.

    name: the business's name
    logo: the mark
    rest: the name beside the mark
    primary: the colour of bands and buttons
    on_brand: the colour of text on it
    support_email: where people find help
    """

    name: str
    logo: str
    rest: str
    primary: str
    on_brand: str
    support_email: str

    @classmethod
    def of(cls, brand: Brand) -> BrandWords:
        rest = brand.name.removeprefix(brand.logo).strip()
        return cls(brand.name, brand.logo, rest, brand.primary, brand.on_brand, brand.support_email)


class Templates:
    """Compiled at start, so that a broken template stops the start and not a message.

    HTML escapes every value; texts don't, and their values have no control characters: the edge refused those.
    """

    def __init__(self, folder: Path = _FOLDER) -> None:
        loader = FileSystemLoader(folder)
        texts = Environment(loader=loader, undefined=StrictUndefined, autoescape=False)  # noqa: S701
        pages = Environment(undefined=StrictUndefined, autoescape=True)
        frame = (folder / "frame.mjml").read_text(encoding="utf-8")
        add_texts(texts)
        add_texts(pages)
        self._texts = {path.name: texts.get_template(path.name) for path in folder.glob("*.txt")}
        self._pages = {
            name: pages.from_string(_html(frame, (folder / f"{name}.mjml").read_text(encoding="utf-8")))
            for name in _MAILS
        }

    def sms(self, name: str, **values: object) -> str:
        return self._texts[f"{name}.sms.txt"].render(values).strip()

    def text(self, name: str, **values: object) -> str:
        return self._texts[f"{name}.txt"].render(values).strip() + "\n"

    def html(self, name: str, **values: object) -> str:
        return self._pages[name].render(values)


@cache
def shipped_templates() -> Templates:
    """Those of this release, compiled once in a process."""
    return Templates()


def _html(frame: str, content: str) -> str:
    return mjml2html(frame.replace("%CONTENT%", content), disable_comments=False)
