"""`/docs/playbooks`: what to do about each kind of trouble. Open, and read from the disk alone: in an outage nobody can
sign in, and no database answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from markdown_it import MarkdownIt
from markupsafe import Markup

import ui
from chassis.errors import NotFound
from chassis.http.deps import provided
from config.vendors import Vendors
from playbooks import HOME, Playbook, playbooks

router = APIRouter(include_in_schema=False)

_HERE: Final = Path(__file__).parent
ASSETS: Final = f"{HOME}/static"
_ASK_AGAIN: Final = {"Cache-Control": "public, no-cache"}


class PlaybookPages:
    """Templates and files of the pages."""

    def __init__(self, brand: ui.Brand, *, vendors: Callable[[], Vendors]) -> None:
        self.assets = ui.Assets(_HERE / "static", made=ui.brand_files(brand), prefix=ASSETS)
        self._vendors = vendors
        self._templates = ui.environment(_HERE / "templates")
        self._templates.globals.update(asset=self.assets.url, brand=brand, home=HOME)

    def index(self) -> HTMLResponse:
        """The list of all playbooks."""
        return self._page("index.html", chosen=None)

    def one(self, playbook: Playbook) -> HTMLResponse:
        """A playbook, with the pages of the vendors that it names."""
        lines = self._vendors().lines(playbook.vendors)
        text = "\n".join((playbook.text, *(f"- {line}" for line in lines)))
        return self._page("playbook.html", chosen=playbook, article=Markup(as_html(text)))  # noqa: S704 made here

    def _page(self, template: str, **context: object) -> HTMLResponse:
        html = self._templates.get_template(template).render(playbooks=tuple(playbooks().values()), **context)
        return HTMLResponse(html, headers=_ASK_AGAIN)


@lru_cache(maxsize=64)
def as_html(text: str) -> str:
    """Markdown as HTML: no HTML of its own, addresses as links, commands in blocks that a keyboard can scroll."""
    return str(_MARKDOWN.render(text)).replace("<pre>", '<pre tabindex="0">')


_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "linkify": False})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookDeps:
    """What the routes work with. `pages`: templates and files."""

    pages: PlaybookPages


Deps = Annotated[PlaybookDeps, provided(PlaybookDeps)]


@router.get(HOME)
def index(deps: Deps) -> Response:
    """All playbooks."""
    return deps.pages.index()


@router.get(f"{HOME}/{{name}}")
def show(name: str, deps: Deps) -> Response:
    """One playbook."""
    found = playbooks().get(name)
    if found is None:
        raise NotFound("There is no such playbook.")
    return deps.pages.one(found)
