"""What people do about an appointment and its money, while they wait for what comes of it (P-11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.audit import Actor
from chassis.database import Database, Transaction
from chassis.http.exact import SnakeOut
from chassis.http.once import once
from chassis.tokens import Role, RoleMissing
from checkout.appointments.domain import Appointment, AppointmentState
from checkout.appointments.errors import UnknownAppointment
from checkout.appointments.service import Appointments
from checkout.takings.domain import TakingAction
from checkout.takings.refunding import AppointmentRefunds, visible
from checkout.wayrefunds import store
from checkout.wayrefunds.domain import WayRefund
from checkout.wayrefunds.giving import WayRefunding


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedAppointment:
    """An appointment as it is now, and the money that goes back by that; None where none does."""

    appointment: Appointment
    refund: WayRefund | None


class AskedRefundOut(SnakeOut):
    """The refund that a key has asked for."""

    refund_id: UUID


class AppointmentDeeds:
    """Each makes its transaction, and then the call that it needs."""

    def __init__(
        self, appointments: Appointments, refunds: AppointmentRefunds, refunding: WayRefunding, *, database: Database
    ) -> None:
        self._appointments = appointments
        self._refunds = refunds
        self._refunding = refunding
        self._database = database

    async def give_back(
        self,
        appointment_id: int,
        wanted: int | None,
        *,
        reason: str,
        asked: Mapping[str, Any],
        key: str | None,
        scope: int | None,
        actor: Actor,
    ) -> WayRefund:
        """Through whoever took it, once for the key; a repeat tells how the first one stands.

        wanted: minor units; None for all that is left
        asked: the request, as JSON: another one with the same key is refused
        scope: the provider of whoever may give back the own ones only
        Raises as AppointmentRefunds.request, and IdempotencyKeyReused.
        """
        asked = {"action": TakingAction.REFUNDED, "actor": actor.name, "appointment": appointment_id, **asked}
        made: list[WayRefund] = []
        async with self._database.transaction() as tx:

            async def do() -> AskedRefundOut:
                made.append(
                    await self._refunds.request(tx, appointment_id, wanted, reason=reason, scope=scope, actor=actor)
                )
                return AskedRefundOut(refund_id=made[0].refund_id)

            first = await once(tx, key, asked=asked, kind=AskedRefundOut, do=do)
        found = await self._refunding.carry_out(made[0]) if made else await store.get(self._database, first.refund_id)
        if found is None:
            raise UnknownAppointment
        return found

    async def change(
        self,
        appointment_id: int,
        state: AppointmentState,
        *,
        refund: bool,
        reason: str,
        scope: int | None,
        actor: Actor,
    ) -> ChangedAppointment:
        """Cancels it, or says that it is done; a second time changes nothing.

        refund: with the money of one that is paid: where that can't go back it is not cancelled either
        Raises as Appointments.move and AppointmentRefunds.request, and RoleMissing for who may give nothing back.
        """
        if refund and actor.role not in {Role.ADMIN, Role.PROVIDER}:
            raise RoleMissing
        async with self._database.transaction() as tx:
            before = await visible(tx, appointment_id, scope)
            moved = await self._appointments.move(
                tx, appointment_id, state, reason=reason, provider_id=scope, actor=actor
            )
            due = await self._due(tx, before, reason, actor) if refund else None
        return ChangedAppointment(appointment=moved, refund=await self._refunding.carry_out(due) if due else None)

    async def _due(self, tx: Transaction, before: Appointment, reason: str, actor: Actor) -> WayRefund | None:
        """All that is left of what was paid; nothing where nobody has paid, or where it was cancelled before."""
        if before.state is not AppointmentState.PAID:
            return None
        scope = before.provider_id
        return await self._refunds.request(tx, before.appointment_id, None, reason=reason, scope=scope, actor=actor)
