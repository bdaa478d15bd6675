"""What all pages of an installation share: brand, static files and templates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

import ui
from chassis.errors import Condition
from checkout.web.language import language_links
from checkout.web.script_words import hold_words, offer_words, register_words
from events import CatalogueCityChanged, SitePage
from languages import current, gettext, translate

# What a page is called where visits are counted, by its template.
_TOLD_AS: Final[Mapping[str, SitePage]] = {
    "workshops.html": SitePage.WORKSHOPS,
    "register.html": SitePage.REGISTER,
    "closed.html": SitePage.REGISTER,
    "buy_pass.html": SitePage.BUY_PASSES,
    "waitlist.html": SitePage.WAITLIST,
    "success.html": SitePage.SUCCESS,
    "cancel.html": SitePage.CANCEL,
    "passes.html": SitePage.PASSES,
    "find.html": SitePage.FIND,
    "support.html": SitePage.SUPPORT,
}
_NOT_FOUND: Final = 404
_SPOKEN: Final = "Accept-Language, Cookie"
_HERE: Final = Path(__file__).parent


class Site:
    """Templates, static files and brand."""

    def __init__(self, *, brand: ui.Brand) -> None:
        self.brand = brand
        files = ui.brand_files(brand)
        made = {**files, "brand.css": files["brand.css"] + ui.poster_css()}
        self.assets = ui.Assets(_HERE / "static", made=made)
        self._templates = ui.environment(_HERE / "templates")
        self._templates.globals.update(site=self, asset=self.assets.url, language_links=language_links)
        self._templates.globals.update(register_words=register_words, hold_words=hold_words, offer_words=offer_words)

    @property
    def mark(self) -> str:
        """The part of the name in the logo's box."""
        return self.brand.logo

    @property
    def name_after_mark(self) -> str:
        """The rest of the name, beside the box."""
        return self.brand.name.removeprefix(self.brand.logo).strip() if self.brand.name != self.brand.logo else ""

    def waitlist(self, city_id: str, tier: str = "") -> str:
        """Where a buyer waits for a seat that is not left."""
        return f"/waitlist?{urlencode({'city': city_id, **({'tier': tier} if tier else {})})}"

    def page(self, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
        """A page that no cache keeps: it shows stock and what was typed, in the language of who reads it."""
        told_as = _TOLD_AS.get(template, SitePage.OTHER)
        html = self._templates.get_template(template).render(context, told_as=told_as)
        headers = {"Cache-Control": "no-store", "Content-Language": current().page_tag, "Vary": _SPOKEN}
        return HTMLResponse(html, status_code=status, headers=headers)

    def message(
        self, heading: str, text: str, *, status: int, headers: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        """A page with one sentence, such as an address that leads nowhere."""
        response = self.page("message.html", status=status, heading=heading, text=text)
        response.headers.update(headers or {})
        return response

    def no_workshop(self, known: CatalogueCityChanged | None) -> HTMLResponse:
        """For a city that nothing can be bought in: one that was taken off sale is named; one that no page lists is as
        unknown as any other.
        """
        if known is not None and known.listed and known.withdrawn:
            heading = gettext("%(city)s is not sold any more.", city=known.name)
            text = gettext("This workshop was taken off sale. Tickets that were bought are on the page of their order.")
            return self.message(heading, text, status=404)
        heading, text = gettext("We don’t know that workshop."), gettext("It may be over, or the link is not whole.")
        return self.message(heading, text, status=404)

    async def error_page(self, _request: Request, condition: Condition) -> Response:
        """The face of a refused page, for `chassis.http.create_app(error_page=…)`."""
        if condition.status == _NOT_FOUND:
            heading = gettext("There is nothing here.")
            text = gettext("The address leads nowhere. Choose a workshop from the list.")
        else:
            heading, text = f"{translate(condition.title)}.", translate(condition.detail)
        return self.message(heading, text, status=condition.status, headers=condition.headers)
