"""The key of a payment of ours names its appointment; nobody else's does."""

from __future__ import annotations

from uuid import UUID

import pytest

from checkout.takings.domain import NamedTry, key_of, named_by

pytestmark = pytest.mark.proves("P-11")

TRY = UUID("019a9a32-0474-7000-8000-000000000474")


def test_a_key_names_the_try_and_the_appointment() -> None:
    key = key_of(999_999_999, TRY)
    assert len(key) <= 45
    assert named_by(key) == NamedTry(TRY, 999_999_999)
    assert named_by(str(TRY)) == NamedTry(TRY, None), "as it was before"


@pytest.mark.parametrize("key", [None, "", f"{TRY}-0", str(TRY)[:-1], "-" * 34, f"b1-{TRY.hex}", f"a-{TRY.hex}"])
def test_what_others_write_is_no_key_of_ours(key: str | None) -> None:
    assert named_by(key) is None
