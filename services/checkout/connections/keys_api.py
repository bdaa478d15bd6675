"""`POST /api/admin/connections/rotate-keys`: credentials are encrypted anew under the key that is used now (P-2)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from chassis.app import conditions
from chassis.audit import Actor
from chassis.http.deeds import deed
from chassis.tokens import Role
from checkout.connections.api import Deps
from checkout.connections.domain import ConnectionAction
from checkout.connections.errors import ConnectionNotReadable
from checkout.connections.models import KeysRotatedOut, KeysRotateIn

router = APIRouter(prefix="/api/admin/connections", tags=["admin"])


@router.post("/rotate-keys", responses=conditions(ConnectionNotReadable))
async def rotate_keys(
    body: KeysRotateIn, deps: Deps, actor: Annotated[Actor, deed(ConnectionAction.KEYS_ROTATED, Role.ADMIN)]
) -> KeysRotatedOut:
    """Encrypts some connections anew, each in a transaction of its own: whatever stops it, the next call goes on."""
    rotated = 0
    while rotated < body.at_most:
        async with deps.database.transaction() as tx:
            if not await deps.connections.rotate_one(tx):
                break
        rotated += 1
    async with deps.database.transaction() as tx:
        left = await deps.connections.rotated(tx, rotated, actor=actor)
    return KeysRotatedOut(rotated=rotated, left=left)
