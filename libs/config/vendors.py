"""vendors.yaml: where each vendor says how it is, and where people ask it for help (O-3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from config.values import Id, Model

_LINK: Final = re.compile(r"https://[^\s/?#@]+\.[a-z]{2,}(?:/\S*)?")


def _link(text: str) -> str:
    if not _LINK.fullmatch(text):
        raise ValueError("must be a page that begins with https://")
    return text


Link = Annotated[str, AfterValidator(_link)]


class VendorPages(Model):
    """A vendor's pages."""

    name: str = Field(min_length=1, max_length=60, description="what people call it")
    status: Link = Field(description="where it says how it is")
    support: Link = Field(description="where people ask it for help")

    def pages(self) -> str:
        """`status https://…, support https://…`."""
        return f"status {self.status}, support {self.support}"


class Vendors(Model):
    """vendors.yaml: the pages of each vendor."""

    vendors: Mapping[Id, VendorPages] = Field(description="the pages of each vendor")

    def known(self, ids: Iterable[str]) -> list[VendorPages]:
        """Those of them that are known."""
        return [self.vendors[vendor] for vendor in ids if vendor in self.vendors]

    def lines(self, ids: Iterable[str]) -> list[str]:
        """A line for each of those that are known: `Stripe: status https://…, support https://…`."""
        return [f"{vendor.name}: {vendor.pages()}" for vendor in self.known(ids)]
