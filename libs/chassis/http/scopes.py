"""Whose rows a caller may touch: staff all, a provider's token its own (C-12).

In a room's `api.py`, behind the guard of the route::

    @router.get("", dependencies=[Depends(require(Role.VIEWER, Role.PROVIDER))])
    async def list_connections(scope: Scope) -> ...
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from chassis.http.guards import Guard, tell_refusal
from chassis.tokens.conditions import RoleMissing
from chassis.tokens.signing import Principal, Role


class ScopeGuard(Guard):
    """Lets a provider pass only with a token that says which payment provider it is."""

    async def __call__(self, request: Request) -> int | None:
        """The provider that the caller is bound to; None for staff. The route's own guard has run before."""
        return scope_of(request, request.state.principal)


def scope_of(request: Request, principal: Principal) -> int | None:
    """The provider that this person is bound to; None for staff. Raises RoleMissing for a provider that is nobody's."""
    if principal.role is Role.PROVIDER and principal.provider_id is None:
        refusal = RoleMissing("Your token does not say which payment provider you are.")
        tell_refusal(request, principal, refusal)
        raise refusal
    return principal.provider_id


Scope = Annotated[int | None, Depends(ScopeGuard())]
