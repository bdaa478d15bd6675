"""Routes by which people do something: who may, and how the audit names it (C-12).

In a room's `api.py`::

    @router.post("/api/alerts/{alert_id}/ack")
    async def acknowledge(
        alert_id: str, actor: Annotated[Actor, deed(Action.ACKNOWLEDGED, Role.OPERATOR, target="alert:{alert_id}")]
    ) -> AlertOut: ...

The use case adds the row of what was done, in its transaction. What is refused needs nothing more: whichever condition
the answer is, `keep_refusal` writes it down.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import Depends, Request

from chassis.addresses import client_address, shorten_address
from chassis.audit.domain import ANONYMOUS, Actor, RefusedDeed
from chassis.audit.refused import RefusedDeeds
from chassis.errors import Condition
from chassis.http.guards import SAFE_METHODS, PersonGuard, guards_of, tell_refusal
from chassis.telemetry.masking import mask_text
from chassis.tokens.signing import Principal, Role

_LONGEST: Final = 200
_OUR_FAULT: Final = 500


class DeedGuard(PersonGuard):
    """Lets people with one of its roles act.

    action: what the route does, in the word of its room
    target: what it is done to, as a format of the path's parameters
    own: as of PersonGuard
    """

    def __init__(self, action: str, *roles: Role, target: str, own: str) -> None:
        super().__init__(*roles, own=own)
        self.action = action
        self.target = target

    async def __call__(self, request: Request) -> Actor:
        """Who acts, for the audit."""
        return _actor(await self.admit(request), request)

    def refused(self, request: Request, condition: Condition) -> RefusedDeed:
        """What was refused. Of somebody unknown little is kept, for there may be many."""
        principal: Principal | None = getattr(request.state, "principal", None)
        known = principal is not None
        return RefusedDeed(
            actor=_actor(principal, request),
            action=self.action,
            target=_printable(self.target.format_map(request.path_params)) if known else "",
            code=condition.code,
            reason=mask_text(condition.detail),
        )


def deed(action: str, *roles: Role, target: str = "", own: str = "") -> Any:
    """The FastAPI dependency of a route that does something: gives the `Actor`, or raises as `require` does."""
    return Depends(DeedGuard(action, *roles, target=target, own=own))


def deed_of(request: Request) -> DeedGuard | None:
    """What the request's route does; None for one that does nothing."""
    guards = guards_of(getattr(request.scope.get("route"), "dependant", None))
    return next((guard for guard in guards if isinstance(guard, DeedGuard)), None)


async def keep_refusal(request: Request, condition: Condition) -> None:
    """Keeps a refused deed in the audit, and tells of one that may be an attack.

    A failure of ours is no refusal, and looking at its address no deed.
    """
    wanted = None if request.method in SAFE_METHODS else deed_of(request)
    principal: Principal | None = getattr(request.state, "principal", None)
    if wanted is not None and principal is not None and condition.suspicious:
        tell_refusal(request, principal, condition)
    kept: RefusedDeeds | None = getattr(request.app.state, "refused_deeds", None)
    if wanted is not None and kept is not None and condition.status < _OUR_FAULT:
        await kept.note(wanted.refused(request, condition))


def _actor(principal: Principal | None, request: Request) -> Actor:
    address = client_address(request.scope)
    if principal is None:
        return Actor(name=ANONYMOUS, address=shorten_address(address))
    return Actor(name=principal.email, role=principal.role, address=address)


def _printable(text: str) -> str:
    """What people typed into an address, cut and on one line."""
    return mask_text("".join(sign if sign.isprintable() else "?" for sign in text[:_LONGEST]))
