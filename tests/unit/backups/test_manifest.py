"""A manifest that was damaged, changed or moved is not believed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from backups.errors import BackupError
from backups.manifest import Manifest
from backups.sealing import BackupKey
from tests.unit.backups.made import made

NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)
NAME = "20261129T030000Z-3fa2"
KEY, OTHER = BackupKey("k" * 40), BackupKey("o" * 40)

pytestmark = pytest.mark.proves("O-4")


def manifest(key: BackupKey | None) -> Manifest:
    return made(NOW, "checkout").model_copy(update={"key": key.fingerprint if key else None})


def changed(text: bytes, **values: Any) -> bytes:
    document = json.loads(text)
    document["manifest"]["parts"][0] |= values
    return json.dumps(document).encode()


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
def test_what_was_written_is_read(key: BackupKey | None) -> None:
    written = manifest(key)
    assert Manifest.read(written.write(key), name=NAME, key=key) == written


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
@pytest.mark.parametrize(
    "lie",
    [{"size": 11}, {"sha256": "1" * 64}, {"rows": {"orders": 2}}, {"offsets": {}}],
    ids=lambda lie: next(iter(lie)),
)
def test_one_that_says_something_else_is_refused(key: BackupKey | None, lie: dict[str, Any]) -> None:
    with pytest.raises(BackupError, match="not as it was written"):
        Manifest.read(changed(manifest(key).write(key), **lie), name=NAME, key=key)


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b'{"manifest": {}, "seal": 1}', b"\xff\x00"])
def test_one_that_is_damaged_is_refused(text: bytes) -> None:
    with pytest.raises(BackupError, match="is damaged"):
        Manifest.read(text, name=NAME, key=None)


def test_a_table_is_named_as_a_table_is() -> None:
    """Names become SQL where what was loaded is counted."""
    text = changed(manifest(None).write(None), rows={'orders"; DROP TABLE orders; --': 3})
    with pytest.raises(BackupError, match="is damaged"):
        Manifest.read(text, name=NAME, key=None)


def test_a_seal_of_another_form_is_refused() -> None:
    document = json.loads(manifest(None).write(None)) | {"seal": 1}
    with pytest.raises(BackupError, match="not as it was written"):
        Manifest.read(json.dumps(document).encode(), name=NAME, key=None)


def test_one_of_another_backup_is_refused() -> None:
    with pytest.raises(BackupError, match="not as it was written"):
        Manifest.read(manifest(None).write(None), name="20261129T030000Z-0000", key=None)


def test_without_the_key_or_with_another_the_sentence_says_so() -> None:
    text = manifest(KEY).write(KEY)
    with pytest.raises(BackupError, match="is encrypted: set BACKUP_KEY"):
        Manifest.read(text, name=NAME, key=None)
    with pytest.raises(BackupError, match="another BACKUP_KEY"):
        Manifest.read(text, name=NAME, key=OTHER)
