"""Rows for `Transaction.copy`: PostgreSQL's binary COPY format, encoded here because asyncpg is slow at arrays.

It looks at each element for an array within the array; ours are flat.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from struct import Struct
from typing import Final

# The signature, flags and the length of a header extension; a row that has -1 fields ends the data.
_BEGIN: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"
_TEXT_OID, _BYTEA_OID = 25, 17
_count: Final = Struct("!h").pack
_length: Final = Struct("!i").pack
# Dimensions, whether there are nulls, the elements' type, their number, and the first one's index.
_array: Final = Struct("!iiIii").pack


def copied(rows: Iterable[bytes]) -> bytes:
    """All of COPY's data; each row as `row` makes it."""
    return b"".join((_BEGIN, *rows, _END))


def row(*fields: bytes) -> bytes:
    """A row of fields, each as one of the functions below makes it."""
    return _count(len(fields)) + b"".join(fields)


def field(value: bytes) -> bytes:
    """A value in the binary form of its type, such as the bytes of `bytea`, of a `uuid` or of a text in UTF-8."""
    return _length(len(value)) + value


@lru_cache(maxsize=1_000)
def texts(values: tuple[str, ...]) -> bytes:
    """A field of type `text[]`, for arrays that come again and again."""
    return _flat(_TEXT_OID, [value.encode() for value in values])


def binaries(values: Sequence[bytes]) -> bytes:
    """A field of type `bytea[]`, without nulls."""
    return _flat(_BYTEA_OID, values)


def _flat(oid: int, values: Sequence[bytes]) -> bytes:
    parts = [_array(1, 0, oid, len(values), 1)]
    for value in values:
        parts += _length(len(value)), value
    return field(b"".join(parts))
