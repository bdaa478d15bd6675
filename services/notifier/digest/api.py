"""The notifier's part of the comparison; `eventbus.operation.digest` says how it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from eventbus.operation.digest import Snapshot, answered, digest_router, fingerprints
from invariants import Evidence
from invariants.digest import Answer, Fingerprints
from notifier.digest.domain import Directory, RaisedAlerts, addresses
from notifier.digest.store import WAITS, MessageWitness, deliveries, heard

Secret = Annotated[Fingerprints, Depends(fingerprints)]


def message_witness(secret: Secret) -> MessageWitness:
    return MessageWitness(secret)


def router(directory: Callable[[], Directory]) -> APIRouter:
    """`directory`: who hears of what now."""
    router = digest_router("notifier", message_witness, waits=WAITS)

    @router.get("/people", response_model=Answer, summary="Who hears of sales, and when others are named")
    async def people(secret: Secret) -> Response:
        now = directory()
        owners = tuple(sorted(secret.of(number) for number in now.sale_numbers))
        return answered(Answer(part=Evidence(owners=owners), directory=now.version(secret)))

    @router.post("/alerts", response_model=Answer, summary="What was heard and said of these alerts, and to whom it is")
    async def of_alerts(asked: RaisedAlerts, request: Request, tx: Snapshot, secret: Secret) -> Response:
        ids = [alert.alert_id for alert in asked.alerts]
        now = directory()
        named = addresses(asked.alerts, now.routes, secret, now=request.app.state.clock.now())
        said = replace(await heard(tx, ids), deliveries=await deliveries(tx, ids, secret), addresses=tuple(named))
        return answered(Answer(part=said, directory=now.version(secret)))

    return router
