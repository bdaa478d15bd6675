"""What is kept is encrypted: nothing of it can be read, changed, cut off or moved without its key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from backups.errors import BackupError
from backups.sealing import PIECE, BackupKey

KEY = BackupKey("k" * 40)
NAME = "20261129T030000Z-3fa2/checkout.dump.sealed"
SIZES = (0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE)

pytestmark = pytest.mark.proves("O-4")


async def given(text: bytes, step: int = 100_003) -> AsyncIterator[bytes]:
    for start in range(0, len(text), step):
        yield text[start : start + step]


async def joined(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


def sealed(text: bytes) -> bytes:
    return asyncio.run(joined(KEY.seal(given(text), name=NAME)))


def opened(text: bytes, *, key: BackupKey = KEY, name: str = NAME) -> bytes:
    return asyncio.run(joined(key.open(given(text, 70_001), name=name)))


@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_opens_and_shows_nothing_meanwhile(size: int) -> None:
    text = bytes(index % 251 for index in range(min(size, 5000))) * (size // 5000 + 1)
    text = text[:size]
    kept = sealed(text)
    assert opened(kept) == text
    assert sealed(text) != kept, "each file has a key of its own"
    assert size < 64 or text[:64] not in kept


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "a changed byte": lambda kept: kept[:-100] + bytes([kept[-100] ^ 1]) + kept[-99:],
    "another beginning": lambda kept: b"PGDMP" + kept[5:],
    "cut off in the middle": lambda kept: kept[:-1000],
    "cut off at a piece": lambda kept: kept[: 20 + PIECE + 16],
    "two pieces changed about": lambda kept: (
        kept[:20]
        + kept[20 + PIECE + 16 : 20 + 2 * (PIECE + 16)]
        + kept[20 : 20 + PIECE + 16]
        + kept[20 + 2 * (PIECE + 16) :]
    ),
    "nothing left": lambda _: b"",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_a_sentence(damage: Callable[[bytes], bytes]) -> None:
    kept = sealed(bytes(2 * PIECE + 5000))
    with pytest.raises(BackupError, match="is damaged"):
        opened(damage(kept))


def test_another_key_or_another_place_opens_nothing() -> None:
    kept = sealed(b"orders")
    with pytest.raises(BackupError):
        opened(kept, key=BackupKey("o" * 40))
    with pytest.raises(BackupError):
        opened(kept, name=NAME.replace("checkout", "monitor"))
