"""Deeds that people may repeat by an `Idempotency-Key`: who clicks twice, or got no answer, gets the first one.

In a route, with its transaction::

    asked = {"action": Action.EXPANDED, "actor": actor.name, "body": body.model_dump(mode="json")}
    return await once(tx, idempotency_key, asked=asked, kind=ExpandedOut, do=do)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

from chassis.database import Reader, Transaction
from chassis.http.models import Out
from chassis.http.repeats import IdempotencyKeyReused

OutT = TypeVar("OutT", bound=Out)

# Who comes while the first one is at work waits here for its end.
_CLAIM: Final = """
INSERT INTO deed_answers (key, asked, at) VALUES ($1, $2, app_now()) ON CONFLICT (key) DO NOTHING RETURNING true
"""
_FIRST: Final = "SELECT asked, answer FROM deed_answers WHERE key = $1"
_KEEP: Final = "UPDATE deed_answers SET answer = $2 WHERE key = $1"


async def once(
    tx: Transaction,
    key: str | None,
    *,
    asked: Mapping[str, Any],
    kind: type[OutT],
    do: Callable[[], Awaitable[OutT]],
) -> OutT:
    """What `do` answers, or answered when the key came first; without a key it is done each time.

    `asked` says who wants what, as JSON. Raises IdempotencyKeyReused for a key that came with something else.
    """
    if key is None:
        return await do()
    if not await tx.fetchval(_CLAIM, key, dict(asked)):
        return await _first(tx, key, asked, kind)
    answer = await do()
    await tx.execute(_KEEP, key, answer.model_dump(mode="json"))
    return answer


async def first_of(reader: Reader, key: str) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """What was asked with the key the first time, and what it came to."""
    row = await reader.fetchrow(_FIRST, key)
    return (row["asked"], row["answer"]) if row else None


async def _first(tx: Transaction, key: str, asked: Mapping[str, Any], kind: type[OutT]) -> OutT:
    found = await first_of(tx, key)
    if found is None:
        raise RuntimeError("a claimed key has gone")
    before, answer = found
    if before != asked:
        raise IdempotencyKeyReused
    return kind.model_validate(answer)
