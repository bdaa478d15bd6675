"""All pages of the buyer and their static files, to be put into the app."""

from __future__ import annotations

from fastapi import FastAPI

import ui
from checkout.web.purchase_pages import purchase_router
from checkout.web.shop_pages import shop_router
from checkout.web.site import Ports, Site


def install_pages(app: FastAPI, site: Site, ports: Ports) -> None:
    """Add `/`, `/register`, `/success`, `/cancel` and `/static`."""
    app.include_router(shop_router(site, ports))
    app.include_router(purchase_router(site, ports))
    app.mount("/static", ui.static_app(site.assets))
