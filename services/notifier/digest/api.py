"""The notifier's part of the comparison; `eventbus.operation.digest` says how it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from chassis.clock import Clock
from chassis.http.deps import provided
from eventbus.operation.digest import Snapshot, digest_response, digest_router, fingerprints
from invariants import Evidence
from invariants.digest import Digest, Fingerprints
from notifier.digest.domain import Directory, RaisedAlerts, addresses
from notifier.digest.store import WAITS, MessageWitness, deliveries, heard


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestDeps:
    """What the comparison works with beside the database.

    directory: who hears of what now
    clock: for alerts that wait for business hours
    """

    directory: Callable[[], Directory]
    clock: Clock


Secret = Annotated[Fingerprints, Depends(fingerprints)]
Deps = Annotated[DigestDeps, provided(DigestDeps)]


def message_witness(secret: Secret) -> MessageWitness:
    return MessageWitness(secret)


router = digest_router("notifier", message_witness, waits=WAITS)


@router.get("/people", response_model=Digest, summary="Who hears of sales, and when others are named")
async def people(secret: Secret, deps: Deps) -> Response:
    now = deps.directory()
    owners = tuple(sorted(secret.of(number) for number in now.sale_numbers))
    return digest_response(Digest(part=Evidence(owners=owners), directory=now.version(secret)))


@router.post("/alerts", response_model=Digest, summary="What was heard and said of these alerts, and to whom it is")
async def of_alerts(asked: RaisedAlerts, tx: Snapshot, secret: Secret, deps: Deps) -> Response:
    ids = [alert.alert_id for alert in asked.alerts]
    now = deps.directory()
    named = addresses(asked.alerts, now.routes, secret, now=deps.clock.now())
    said = replace(await heard(tx, ids), deliveries=await deliveries(tx, ids, secret), addresses=tuple(named))
    return digest_response(Digest(part=said, directory=now.version(secret)))
