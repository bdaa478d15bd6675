"""Who may sign in, changed in the monitor's database without asking the monitor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from chassis.database import Transaction
    from chassis.tokens import Role
    from monitor.accounts.access import Access

T = TypeVar("T")
Change: TypeAlias = "Callable[[Access, Transaction], Awaitable[T]]"


async def change(values: Mapping[str, str], wanted: Change[T]) -> T:
    """What a change of somebody's access answers, in a transaction of its own; raises an AccountError."""
    from chassis.clock import SystemClock
    from cli import connections
    from cli.admin import actor
    from eventbus import Outbox
    from monitor.accounts.access import Access

    clock = SystemClock()
    access = Access(Outbox(source="monitor", clock=clock, wake=lambda: None), clock=clock, actor=actor(values))
    async with connections.database(values, "monitor") as database, database.transaction() as tx:
        return await wanted(access, tx)


async def add(
    values: Mapping[str, str],
    email: str,
    password: str,
    *,
    role: Role,
    provider: str | None = None,
    replaces: bool = False,
) -> str:
    """Adds a user; the address as it is kept. AccountExistsError for one who is there, unless it `replaces`."""
    from monitor.accounts import service
    from monitor.accounts.passwords import Passwords

    password_hash = await service.hashed(Passwords(), password, email=email)
    user = await change(
        values,
        lambda access, tx: access.add(
            tx, email, password_hash=password_hash, role=role, provider=provider, replaces=replaces
        ),
    )
    return user.email
