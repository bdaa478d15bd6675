"""Who hears of what, by the configuration of now. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.app import InternalBody
from events import Severity
from invariants import Address
from invariants.digest import ALERTS, Fingerprints
from notifier.alerts.domain import AlertRoutes, targets


@dataclass(frozen=True, slots=True)
class Directory:
    """`sale_numbers` hear of sales, the routes say whom alerts reach."""

    sale_numbers: tuple[str, ...]
    routes: AlertRoutes

    def version(self, secret: Fingerprints) -> str:
        """Another one when somebody else hears of something."""
        routes = self.routes
        return secret.exactly(repr((self.sale_numbers, routes.owners, routes.routing, routes.contacts)))


class RaisedAlert(BaseModel):
    """`invariants.digest.Raised`, checked; what a caller of a later release says beside is ignored."""

    model_config = ConfigDict(frozen=True)

    alert_id: UUID
    severity: Severity
    category: str
    roles: tuple[str, ...]
    channels: tuple[str, ...]


class RaisedAlerts(InternalBody):
    """So many alerts at once."""

    alerts: Annotated[list[RaisedAlert], Field(max_length=ALERTS)]


def addresses(
    alerts: Sequence[RaisedAlert], routes: AlertRoutes, secret: Fingerprints, *, now: datetime
) -> Iterator[Address]:
    """Whom each alert would reach if it were raised now."""
    for alert in alerts:
        for target in targets(alert, routes, now=now):
            for recipient in target.recipients:
                yield Address(
                    alert_id=str(alert.alert_id),
                    channel=target.channel.value,
                    recipient=secret.of(recipient),
                )
