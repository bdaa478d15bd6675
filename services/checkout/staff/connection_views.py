"""What the page of connections says: each issue in words, and what its owner can do about it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from chassis import formats
from checkout.connections.domain import Connection, ConnectionIssue
from checkout.staff.order_list_views import NONE
from checkout.staff.webhook_views import Words

HOME: Final = "/staff/connections"
ISSUES: Final[Mapping[ConnectionIssue, Words]] = MappingProxyType(
    {
        ConnectionIssue.PENDING: Words(why="The processor is being asked"),
        ConnectionIssue.PENDING_TOO_LONG: Words(
            why="The processor has not answered for 15 minutes", step="Look at the processor’s status page."
        ),
        ConnectionIssue.ERROR: Words(
            why="The processor refuses the credentials", step="Give new credentials, or connect the account again."
        ),
        ConnectionIssue.EXPIRED: Words(why="The credentials have ended", step="Connect the account again."),
        ConnectionIssue.NO_PAYMENTS: Words(
            why="The account takes no payments", step="Finish setting it up at the processor."
        ),
        ConnectionIssue.CHARGES_DISABLED: Words(
            why="The account can’t be charged", step="Look at the processor for what it asks of the account’s owner."
        ),
        ConnectionIssue.DETAILS_MISSING: Words(
            why="The processor lacks details of the account’s owner", step="Enter them at the processor."
        ),
    }
)
_FINE: Final = Words(why="It can take payments")
_SILENT: Final = Words(
    why="It can take payments, but the processor doesn’t let us see what banks ask back",
    step="Connect the account again, and permit that too.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRow:
    """A connection, as the page shows it.

    number, provider: its number, and whose it is
    processor, account: where, and which account
    mark, state: the shape and colour of where it stands, and that in a word
    since: since when
    why, step: what keeps it from taking payments, and what can be done about it
    detail: what the processor said
    last: when its last transaction was
    """

    number: int
    provider: int
    processor: str
    account: str
    mark: str
    state: str
    since: str
    why: str
    step: str
    detail: str
    last: str


def connection_rows(found: Iterable[Connection], *, now: datetime, zone: ZoneInfo) -> list[ConnectionRow]:
    """The list, in its order."""
    return [_row(each, now, zone) for each in found]


def _row(connection: Connection, now: datetime, zone: ZoneInfo) -> ConnectionRow:
    issue = connection.issue(now)
    fine = _FINE if connection.tells_disputes else _SILENT
    words = ISSUES[issue] if issue else fine
    last = connection.last_transaction_at
    return ConnectionRow(
        number=connection.connection_id,
        provider=connection.provider_id,
        processor=connection.processor.title(),
        account=connection.account_name or connection.account_id or NONE,
        mark=_mark(issue, connection),
        state=connection.status.value.title(),
        since=formats.recent(connection.status_since, zone.key, now=now),
        why=words.why,
        step=words.step,
        detail=connection.last_error or "",
        last=formats.recent(last, zone.key, now=now) if last else NONE,
    )


def _mark(issue: ConnectionIssue | None, connection: Connection) -> str:
    if issue is None:
        return "ok" if connection.tells_disputes else "medium"
    return "waiting" if issue is ConnectionIssue.PENDING else "high"
