"""What the routes and pages of a started inventory get of its parts."""

from __future__ import annotations

from fastapi import FastAPI

from chassis.clock import Clock
from chassis.http.deps import provide
from inventory.doors.api import DoorDeps
from inventory.ledger.api import LedgerDeps
from inventory.limits.api import LimitDeps
from inventory.oversold.api import OversoldDeps
from inventory.pools.api import StockDeps
from inventory.pools.internal_api import HoldDeps
from inventory.recount.api import RecountDeps
from inventory.staff.door_page import DoorPageDeps
from inventory.staff.inside_page import InsidePageDeps
from inventory.staff.limit_pages import LimitPageDeps
from inventory.staff.stock_pages import StockPageDeps
from inventory.tickets.api import SeatDeps
from inventory.waitlist.api import WaitlistListDeps
from inventory.waitlist.internal_api import WaitlistDeps
from inventory.waitlist.service import Waitlist
from inventory.wiring import Parts
from ui.staff import StaffSite


def provide_deps(app: FastAPI, parts: Parts, *, staff: StaffSite, clock: Clock) -> None:
    """Gives each room's routes what they work with."""
    stock_pages = StockPageDeps(
        site=staff, database=parts.database, levels=parts.levels, restore=parts.restore, clock=clock
    )
    provide(
        app,
        StockDeps(mirror=parts.mirror, levels=parts.levels, clock=clock),
        HoldDeps(
            stock=parts.stock,
            batcher=parts.batcher,
            mirror=parts.mirror,
            database=parts.database,
            restore=parts.restore,
        ),
        LedgerDeps(database=parts.database),
        SeatDeps(database=parts.database),
        OversoldDeps(database=parts.database),
        LimitDeps(limits=parts.limits, requests=parts.limit_requests),
        InsidePageDeps(site=staff, database=parts.database, clock=clock),
        stock_pages,
        LimitPageDeps(stock=stock_pages, limits=parts.limits, requests=parts.limit_requests),
        DoorPageDeps(site=staff, database=parts.database, signer=parts.signer),
        DoorDeps(database=parts.database, doors=parts.doors, signer=parts.signer, clock=clock),
        RecountDeps(database=parts.database, recount=parts.recount, mirror=parts.mirror),
        WaitlistDeps(
            waitlist=Waitlist(parts.stock, parts.outbox),
            mirror=parts.mirror,
            database=parts.database,
            restore=parts.restore,
        ),
        WaitlistListDeps(database=parts.database),
    )
