"""All SQL on differences."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from checkout.reconciliation.domain import Difference, DifferenceState, RunCounts, Settlement
from events import DifferenceKind

_COLUMNS: Final = """
    run_id, difference_id, account, kind, subject, order_id, evidence, paid_at, state, known, reason, command, found_at,
    tried_at, settled_at, open, closed_by, closed_reason, closed_at
"""
# What a person has closed is not found again. Two detectors may see the same.
_INSERT: Final = """
INSERT INTO reconciliation_differences
    (run_id, difference_id, account, kind, subject, order_id, evidence, paid_at, stage, state, known, found_at,
     looked_at)
SELECT $1, f.difference_id, f.account, f.kind, f.subject, f.order_id, f.evidence, f.paid_at, f.stage, $2,
       EXISTS (SELECT FROM reconciliation_differences AS o WHERE o.difference_id = f.difference_id AND o.open), $3, $3
FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::jsonb[], $10::timestamptz[],
            $11::int[])
    AS f (difference_id, account, kind, subject, order_id, evidence, paid_at, stage)
WHERE NOT EXISTS (
    SELECT FROM reconciliation_differences AS c WHERE c.difference_id = f.difference_id AND c.closed_at IS NOT NULL
)
ON CONFLICT (run_id, difference_id) DO NOTHING
"""
_NEXT: Final = f"""
SELECT {_COLUMNS} FROM reconciliation_differences WHERE run_id = $1 AND state = 'found'
ORDER BY stage, found_at, difference_id LIMIT $2
"""  # noqa: S608
# Those that other runs have left to a person, the longest not looked at first.
_STALE: Final = f"""
UPDATE reconciliation_differences SET looked_at = app_now()
WHERE (run_id, difference_id) IN (
    SELECT run_id, difference_id FROM reconciliation_differences
    WHERE open AND run_id <> $1 AND looked_at < $2 ORDER BY looked_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
RETURNING {_COLUMNS}
"""  # noqa: S608
_SETTLE: Final = """
UPDATE reconciliation_differences
SET state = $3, reason = $4, command = $5, settled_at = app_now(), open = $6
WHERE run_id = $1 AND difference_id = $2 AND (state = 'found' OR open)
RETURNING true
"""
_COUNTS: Final = """
SELECT count(*) FILTER (WHERE NOT known) AS found,
       count(*) FILTER (WHERE state = 'repaired') AS repaired,
       count(*) FILTER (WHERE state = 'gone') AS gone,
       count(*) FILTER (WHERE state = 'person' AND NOT known AND closed_at IS NULL) AS person,
       count(*) FILTER (WHERE state = 'person' AND known AND closed_at IS NULL) AS waiting,
       count(*) FILTER (WHERE state IN ('found', 'shown')) AS left
FROM reconciliation_differences WHERE run_id = $1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDifference:
    """A difference as a run keeps it.

    run_id: whose it is
    difference: what was found
    state: where it stands
    known: whether a person had it already
    reason, command: why it is a person's, and what that person does
    found_at, settled_at: from when to when
    tried_at: from when on somebody may have mended it
    open: whether it waits for a person
    closed_by, closed_reason, closed_at: who has closed it by hand, why and when
    """

    run_id: UUID
    difference: Difference
    state: DifferenceState
    known: bool
    reason: str
    command: str
    found_at: datetime
    tried_at: datetime | None
    settled_at: datetime | None
    open: bool
    closed_by: str | None
    closed_reason: str | None
    closed_at: datetime | None


async def insert(
    tx: Transaction, run_id: UUID, differences: Sequence[Difference], *, shown: bool, at: datetime
) -> None:
    """`shown`: of a dry run, nothing will be done about them."""
    if not differences:
        return
    columns = zip(
        *(
            (f.difference_id, f.account, f.kind.value, f.subject, f.order_id, dict(f.evidence), f.paid_at, f.stage)
            for f in {each.difference_id: each for each in differences}.values()
        ),
        strict=True,
    )
    state = DifferenceState.SHOWN if shown else DifferenceState.FOUND
    await tx.execute(_INSERT, run_id, state.value, at, *map(list, columns))


async def to_settle(reader: Reader, run_id: UUID, *, limit: int) -> list[KeptDifference]:
    """The next ones that nothing has been done about."""
    return [_kept(row) for row in await reader.fetch(_NEXT, run_id, limit)]


async def take_stale(tx: Transaction, run_id: UUID, *, before: datetime, limit: int) -> list[KeptDifference]:
    """Those of other runs that wait for a person, and that nobody has looked at since then."""
    return [_kept(row) for row in await tx.fetch(_STALE, run_id, before, limit)]


async def tried(tx: Transaction, kept: KeptDifference) -> None:
    """Somebody is about to mend it."""
    await tx.execute(
        "UPDATE reconciliation_differences SET tried_at = coalesce(tried_at, app_now())"
        " WHERE run_id = $1 AND difference_id = $2",
        kept.run_id,
        kept.difference.difference_id,
    )


async def settle(tx: Transaction, kept: KeptDifference, settlement: Settlement) -> bool:
    """What came of it; an earlier one of the same thing waits no more. False when that was kept before."""
    difference_id = kept.difference.difference_id
    await tx.execute(
        "UPDATE reconciliation_differences SET open = false WHERE difference_id = $1 AND run_id <> $2 AND open",
        difference_id,
        kept.run_id,
    )
    settled = await tx.fetchval(
        _SETTLE,
        kept.run_id,
        difference_id,
        settlement.state.value,
        settlement.reason,
        settlement.command,
        settlement.state is DifferenceState.PERSON,
    )
    return bool(settled)


async def get_open(tx: Transaction, difference_id: UUID) -> KeptDifference | None:
    """The one that waits for a person, locked."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM reconciliation_differences WHERE difference_id = $1 AND open FOR UPDATE",  # noqa: S608
        difference_id,
    )
    return _kept(row) if row else None


async def close(tx: Transaction, kept: KeptDifference, *, by: str, reason: str) -> None:
    """A person has dealt with it."""
    await tx.execute(
        "UPDATE reconciliation_differences SET open = false, closed_by = $3, closed_reason = $4, closed_at = app_now()"
        " WHERE run_id = $1 AND difference_id = $2",
        kept.run_id,
        kept.difference.difference_id,
        by,
        reason,
    )


async def counts(reader: Reader, run_id: UUID) -> RunCounts:
    """How many a run has."""
    row = await reader.fetchrow(_COUNTS, run_id)
    return RunCounts(**row) if row else RunCounts()


async def of_run(reader: Reader, run_id: UUID, *, limit: int) -> list[KeptDifference]:
    """What a run has found, those of one kind together."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM reconciliation_differences WHERE run_id = $1 ORDER BY kind, subject LIMIT $2",  # noqa: S608
        run_id,
        limit,
    )
    return [_kept(row) for row in rows]


async def waiting(reader: Reader, *, limit: int) -> list[KeptDifference]:
    """What waits for a person, the oldest first."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM reconciliation_differences WHERE open ORDER BY found_at, difference_id LIMIT $1",  # noqa: S608
        limit,
    )
    return [_kept(row) for row in rows]


def _kept(row: Row) -> KeptDifference:
    evidence: Mapping[str, str | int | None] = row["evidence"]
    difference = Difference(
        account=row["account"],
        kind=DifferenceKind(row["kind"]),
        subject=row["subject"],
        order_id=row["order_id"],
        evidence=evidence,
        paid_at=row["paid_at"],
    )
    plain: Collection[str] = (
        "run_id", "known", "reason", "command", "found_at", "tried_at", "settled_at", "open", "closed_by",
        "closed_reason", "closed_at",
    )  # fmt: skip
    return KeptDifference(
        difference=difference, state=DifferenceState(row["state"]), **{name: row[name] for name in plain}
    )
