"""The control page: faults, clock, state (S-3, S-4)."""

from __future__ import annotations

from sandbox.control.api import ControlApi
from sandbox.control.problems import ProblemError
from sandbox.core.faults import VENDOR_NAMES, WORDS
from sandbox.core.http import Record, Request, Response, redirect
from sandbox.pages.render import Pages
from sandbox.status import DESCRIPTIONS
from sandbox.stripe.account import StripeAccount

_NUMBERS = {"share": float, "count": int, "delayMs": int, "status": int, "seed": int}


class ControlPages:
    """The same calls as the control API, as forms."""

    def __init__(self, pages: Pages, control: ControlApi, account: StripeAccount) -> None:
        self._pages = pages
        self._control = control
        self._account = account

    async def show(self, _: Request) -> Response:
        return self._page()

    async def add_fault(self, request: Request) -> Response:
        try:
            self._control.add_fault(_fault_of(request.form_dict()))
        except ProblemError as problem:
            return self._page(error=str(problem), status=problem.status)
        return redirect("/control")

    async def remove_fault(self, request: Request) -> Response:
        self._control.world.faults.remove(request.path_params["id"])
        return redirect("/control")

    async def clear_faults(self, _: Request) -> Response:
        self._control.world.faults.clear()
        return redirect("/control")

    async def advance(self, request: Request) -> Response:
        seconds = request.form_dict().get("seconds", "")
        if not seconds.isdigit() or not 0 < int(seconds) <= 31_536_000:
            return self._page(error="Give the seconds as a whole number, a year at most.", status=422)
        await self._control.advance(int(seconds))
        return redirect("/control")

    def _page(self, *, error: str | None = None, status: int = 200) -> Response:
        world = self._control.world
        values = {
            "title": "Control", "error": error, "faults": world.faults.all(), "kinds": WORDS,
            "operations": self._control.operations, "indicators": [name for name in DESCRIPTIONS if name != "none"],
            "waiting": world.timers.waiting(), "pending": world.webhooks.pending, "figures": world.webhooks.figures,
            "calls": sorted((world.gate.calls + world.stripe_gate.calls).items()), "settings": world.settings,
            "endpoints": list(self._account.state.endpoints),
            "thin": list(self._account.state.destinations), "vendors": sorted(self._control.operations),
            "names": VENDOR_NAMES,
        }  # fmt: skip
        return self._pages.page("control.html", values, status=status)


def _fault_of(form: dict[str, str]) -> Record:
    """A fault's fields from the form's; empty ones are left out. Raises ProblemError."""
    fault: Record = {}
    for name, value in form.items():
        if value.strip() == "":
            continue
        if name == "target":
            fault["vendor"], _, operation = value.partition(" ")
            fault |= {"operation": operation} if operation else {}
        elif name == "sharePercent":
            fault["share"] = _share(value)
        else:
            fault[name] = _NUMBERS[name](_numeric(value, name)) if name in _NUMBERS else value.strip()
    return fault


def _share(value: str) -> float:
    try:
        percent = float(value)
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100:
        raise ProblemError(422, "invalid_request", "Share of calls must be a number from 0 to 100.")
    return percent / 100


def _numeric(value: str, name: str) -> float:
    try:
        return float(value)
    except ValueError as error:
        raise ProblemError(422, "invalid_request", f"{name} must be a number.") from error
