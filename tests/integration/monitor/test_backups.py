"""The newest backup is loaded into databases of its own and judged, and nothing is left of them (O-4, O-5)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from backups.creating import ORDER, create, unwatched
from backups.dumping import dump
from backups.errors import BackupError
from backups.library import Library
from backups.places import Folder
from backups.sealing import BackupKey
from monitor.backups.proving import prove
from stack import databases
from tests.fixtures import testbed
from tests.fixtures.postgres import MakeDatabase

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
LEFT = "SELECT count(*) FROM pg_database WHERE datname LIKE 'scratch%'"

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("O-4", "O-5")]


async def test_a_backup_is_loaded_judged_and_gone(postgres: str, make_database: MakeDatabase, tmp_path: Path) -> None:
    scratch = str(testbed.facts("postgres")["scratch"])
    library = Library(Folder(tmp_path / "kept"), key=BackupKey("k" * 40))
    with pytest.raises(BackupError, match="no backup"):
        await prove(library, scratch)
    urls = {service: make_database(service) for service in ORDER}
    sources = {service: partial(dump, service, url) for service, url in urls.items()}
    made = await create(library, sources, now=NOW, watch=unwatched)
    proved, found = await prove(library, scratch)
    assert (proved.name, found) == (made.name, [])
    assert databases.sql(postgres, LEFT) == "0"
    part = made.part("checkout").file
    (tmp_path / "kept" / made.name / part).write_bytes(b"nothing of it is left")
    with pytest.raises(BackupError, match="is damaged"):
        await prove(library, scratch)
    assert databases.sql(postgres, LEFT) == "0"
