"""`/login`: the page on which people sign in, with or without script. It leads back to where the person was."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

import ui
from chassis.app import PlainText
from chassis.errors import Condition
from chassis.http.deps import provided
from chassis.http.guards import check_same_origin, require
from chassis.tokens import Role
from monitor.accounts.cookies import drop_session, keep_session, kept_refresh_token
from monitor.accounts.errors import SessionEnded, SignInLimited, SignInRefused
from monitor.accounts.sign_in import SignInFlow

router = APIRouter(include_in_schema=False)

_HERE: Final = Path(__file__).parent
# The gateway sends /login/… here, so that the page has its looks while checkout is down.
ASSETS: Final = "/login/static"
_anybody = require(Role.VIEWER, Role.PROVIDER)
_WORDS: Final[dict[type[Condition], str]] = {
    SignInRefused: "Email or password is wrong. Check both and try again.",
    SignInLimited: "There were too many wrong passwords. Wait 5 minutes and try again.",
}


class LoginPage:
    """Templates and files of the page."""

    def __init__(self, brand: ui.Brand) -> None:
        self.assets = ui.Assets(_HERE / "static", made=ui.brand_files(brand), prefix=ASSETS)
        self._templates = ui.environment(_HERE / "templates")
        self._templates.globals.update(asset=self.assets.url, brand=brand)

    def render(self, *, status: int = 200, **context: object) -> HTMLResponse:
        html = self._templates.get_template("login.html").render(context)
        return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginDeps:
    """What the routes work with.

    page: the page's templates and files
    flow: the way through sign-in
    """

    page: LoginPage
    flow: SignInFlow


Deps = Annotated[LoginDeps, provided(LoginDeps)]


@router.get("/login")
async def show(request: Request, deps: Deps, next: str = "/") -> Response:  # noqa: A002 the word in the address
    """Whoever has a living session is let through, renewed."""
    page = deps.page
    person = await _signed_in(request)
    if person is None and (token := kept_refresh_token(request)):
        try:
            signed = await deps.flow.renew(token)
        except SessionEnded:
            shown = page.render(target=local_path(next), email="", problem=None, person=None)
            return drop_session(request, shown)
        return keep_session(request, RedirectResponse(local_path(next), status_code=303), signed)
    return page.render(target=local_path(next), email="", problem=None, person=person)


@router.post("/login")
async def enter(
    request: Request,
    deps: Deps,
    email: Annotated[PlainText, Form()] = "",
    password: Annotated[str, Form(max_length=256)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002 the word in the address
) -> Response:
    """Lets somebody in and leads on, or shows the form again with what was wrong."""
    check_same_origin(request)
    target = local_path(next)
    try:
        signed = await deps.flow.enter(request, email=email, password=password)
    except (SignInRefused, SignInLimited) as refusal:
        problem = _WORDS[type(refusal)]
        shown = deps.page.render(status=refusal.status, target=target, email=email, problem=problem, person=None)
        shown.headers.update(refusal.headers)
        return shown
    return keep_session(request, RedirectResponse(target, status_code=303), signed)


@router.post("/login/leave")
async def leave(request: Request, deps: Deps) -> Response:
    """Ends the session."""
    check_same_origin(request)
    if token := kept_refresh_token(request):
        await deps.flow.leave(token)
    return drop_session(request, RedirectResponse("/login", status_code=303))


def local_path(target: str) -> str:
    """Where to go afterwards: a path of our own, or the front page (an open redirect serves phishers)."""
    parts = urlsplit(target)
    ours = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    clean = all(character.isprintable() and character != "\\" for character in target)
    return target if ours and clean else "/"


async def _signed_in(request: Request) -> str | None:
    """The email of a person whose token is still good."""
    try:
        return (await _anybody(request)).email
    except Condition:
        return None
