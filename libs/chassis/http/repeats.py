"""Requests that a client may repeat: the header `Idempotency-Key` says which of them are the same (C-1)."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import Depends, Header

from chassis.errors import Condition, InvalidRequest

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


class IdempotencyKeyReused(Condition):
    status = 422
    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used for something else"
    meaning = "The same key came with another body before."
    remedy = "Use a new key for something new, and the same key only to repeat the same request."


def _checked(idempotency_key: Annotated[str | None, Header()] = None) -> str | None:
    if idempotency_key is not None and not _KEY.fullmatch(idempotency_key):
        raise InvalidRequest(fields={"Idempotency-Key": "Write 1 to 255 printable characters without spaces."})
    return idempotency_key


# What a route takes; None where the client does not mean to repeat.
IdempotencyKey = Annotated[str | None, Depends(_checked)]
