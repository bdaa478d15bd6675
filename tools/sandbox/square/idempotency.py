"""Square's idempotency keys: the same answer again, refusals of cards included."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable

from sandbox.core.http import Record, Response, dumps
from sandbox.square.errors import SquareRefusedError
from sandbox.square.state import Caller, SquareState


async def once(
    state: SquareState, caller: Caller, operation: str, body: Record, work: Callable[[], Awaitable[Response]]
) -> Response:
    """The answer that the key of this body got before, or that of `work`. Raises SquareRefusedError.

    What was refused before anything was tried is not kept: the same key may come again with better parameters.
    """
    key = body.get("idempotency_key")
    if not key:
        return await work()
    place, digest = _place(caller, operation, key), hashlib.sha256(dumps(body)).hexdigest()
    known = state.keys.get(place)
    if known is not None:
        if known["digest"] != digest:
            words = f"Different request parameters used for the same idempotency_key: {key}"
            raise SquareRefusedError(400, "IDEMPOTENCY_KEY_REUSED", words, field="idempotency_key")
        return Response(status=known["status"], body=known["body"].encode())
    response = await work()
    state.keys[place] = {"digest": digest, "status": response.status, "body": response.body.decode()}
    return response


def answer_of(state: SquareState, caller: Caller, operation: str, key: str) -> Record | None:
    """What was answered under a key; None when it never came."""
    known = state.keys.get(_place(caller, operation, key))
    return json.loads(known["body"]) if known is not None else None


def _place(caller: Caller, operation: str, key: str) -> str:
    return f"{caller.seller.id} {operation} {key}"
