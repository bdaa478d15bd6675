"""Secrets that a database keeps open with their key, for what they are about, and for nothing else (P-2)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import SecretStr

from chassis.encryption import NotReadableError, Vault, encryption_key, new_encryption_key

pytestmark = pytest.mark.proves("P-2")

OLD, NEW = (SecretStr(new_encryption_key()) for _ in range(2))
SECRET = b"a refresh token"


def test_what_is_sealed_opens_again_and_shows_nothing() -> None:
    vault = Vault([NEW])
    sealed, again = (vault.seal(SECRET, about="connection/1") for _ in range(2))
    assert vault.open(sealed, about="connection/1") == SECRET
    assert SECRET not in sealed.content
    assert sealed.content != again.content
    assert sealed.data_key != again.data_key


def test_it_opens_for_nothing_else_and_not_when_it_was_changed() -> None:
    vault = Vault([NEW])
    sealed, other = vault.seal(SECRET, about="connection/1"), vault.seal(b"other", about="connection/2")
    flipped = bytes([sealed.content[-1] ^ 1])
    for wrong, about in (
        (sealed, "connection/2"),
        (replace(sealed, content=other.content), "connection/1"),
        (replace(sealed, data_key=other.data_key), "connection/1"),
        (replace(sealed, content=sealed.content[:-1] + flipped), "connection/1"),
        (replace(sealed, content=b""), "connection/1"),
        (replace(sealed, key_id="0" * 16), "connection/1"),
    ):
        with pytest.raises(NotReadableError):
            vault.open(wrong, about=about)


def test_while_two_keys_are_accepted_either_order_opens_what_the_other_sealed() -> None:
    before, during, after = Vault([OLD]), Vault([OLD, NEW]), Vault([NEW, OLD])
    assert before.key_id == during.key_id != after.key_id
    assert after.open(during.seal(SECRET, about="c"), about="c") == SECRET
    assert during.open(after.seal(SECRET, about="c"), about="c") == SECRET
    with pytest.raises(NotReadableError, match="not among"):
        before.open(after.seal(SECRET, about="c"), about="c")


def test_without_a_key_nothing_is_sealed() -> None:
    assert Vault([]).key_id is None
    with pytest.raises(NotReadableError):
        Vault([]).seal(SECRET, about="c")


def test_a_key_is_32_bytes_in_either_base64() -> None:
    assert encryption_key("+/" * 21 + "8=") == encryption_key(" " + "-_" * 21 + "8")
    for wrong in ("nonsense!", "c2hvcnQ=", ""):
        with pytest.raises(ValueError, match="base64 of 32 bytes") as refused:
            encryption_key(wrong)
        assert "c2hvcnQ" not in str(refused.value)
