"""The notifier's part of the comparison; `eventbus.digest` says how it is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from eventbus.digest import Ids, Snapshot, answered, digest_router, fingerprints
from invariants.digest import Answer, Fingerprints
from notifier.digest.store import WAITS, MessageWitness, heard


def router(owners: Callable[[], Sequence[str]]) -> APIRouter:
    """`owners`: the numbers that hear of sales now."""

    def message_witness(secret: Annotated[Fingerprints, Depends(fingerprints)]) -> MessageWitness:
        return MessageWitness(secret, owners=owners())

    router = digest_router("notifier", message_witness, waits=WAITS)

    @router.post("/alerts", response_model=Answer, summary="What was heard of these alerts")
    async def of_alerts(asked: Ids, tx: Snapshot) -> Response:
        return answered(Answer(part=await heard(tx, asked.ids)))

    return router
