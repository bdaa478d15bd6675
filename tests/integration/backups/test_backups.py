"""Backups of real databases, in a folder and in a bucket: made, checked, loaded, and nothing half where it fails."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from backups.checking import check
from backups.creating import Source, create, unwatched
from backups.dumping import Dump, dump
from backups.errors import BackupError
from backups.library import Library
from backups.loading import behind_the_gate, load, open_again, there
from backups.manifest import NAME, Manifest, Snapshot
from backups.places import Folder, Place, place_of
from backups.rule import Keeping
from backups.sealing import BackupKey
from chassis.database import Database
from chassis.errors import Unavailable
from stack import databases
from tests.fixtures.postgres import MakeDatabase, fresh_databases
from tests.integration.backups.objects import object_store

SERVICE = "checkout"
KEY = BackupKey("k" * 40)
NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
MANY = 40_000
CODES = "SELECT code FROM discount_codes ORDER BY 1"
SENT = """
INSERT INTO outbox_sent
SELECT n, gen_random_uuid(), 'orders', '', '{{}}', '{{}}', gen_random_uuid()::text::bytea, now(), now()
FROM generate_series(1, {rows}) AS n
"""

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("O-4")]


@pytest.fixture(scope="module")
def make_once(postgres: str) -> Iterator[MakeDatabase]:
    """Databases of all tests here."""
    with fresh_databases(postgres) as make:
        yield make


@pytest.fixture(scope="module")
def of_all(make_once: MakeDatabase) -> str:
    return filled(make_once(SERVICE))


@pytest.fixture
def url(of_all: str) -> Iterator[str]:
    """Something to back up, the same for each test."""
    yield of_all
    databases.sql(of_all, "DELETE FROM discount_codes WHERE code > 'B'")


def filled(url: str) -> str:
    databases.sql(url, "INSERT INTO discount_codes (code) VALUES ('A'), ('B')")
    return url


@pytest.fixture(scope="module")
def bucket() -> Iterator[Place]:
    with object_store() as settings:
        yield place_of(settings)


@pytest.fixture(params=["folder", "bucket"])
def library(request: pytest.FixtureRequest, tmp_path: Path) -> Library:
    place = Folder(tmp_path / "kept") if request.param == "folder" else request.getfixturevalue("bucket")
    return Library(place, key=KEY)


@pytest.fixture(scope="module")
def made_once(of_all: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a backup that is encrypted, and beside it one with a backup that is not."""
    folder = tmp_path_factory.mktemp("backups")
    for name, key in (("encrypted", KEY), ("plain", None)):
        asyncio.run(made(Library(Folder(folder / name), key=key), of_all))
    return folder


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept"


@pytest.fixture
def at_home(kept: Path) -> Library:
    return Library(Folder(kept), key=KEY)


@pytest_asyncio.fixture
async def manifest(at_home: Library, kept: Path, made_once: Path) -> Manifest:
    """Of the backup that is kept at home, for this test alone."""
    shutil.copytree(made_once / "encrypted", kept)
    return await at_home.newest([SERVICE])


async def made(library: Library, url: str, *, now: datetime = NOW, source: Source | None = None) -> Manifest:
    return await create(library, {SERVICE: source or partial(dump, SERVICE, url)}, now=now, watch=unwatched)


async def loaded(library: Library, manifest: Manifest, url: str, *, then: tuple[str, ...] = ()) -> None:
    part = manifest.part(SERVICE)
    await load(part, url, library.opened(manifest, part, library.stored(manifest, part)), then=then)


async def checked(library: Library, manifest: Manifest) -> None:
    await check(library, manifest, manifest.part(SERVICE), watch=unwatched)


async def test_what_was_there_is_there_again(library: Library, make_database: MakeDatabase) -> None:
    url = filled(make_database(SERVICE))
    databases.sql(url, SENT.format(rows=MANY))
    manifest = await made(library, url)
    databases.sql(url, "DELETE FROM discount_codes")
    assert (await library.all())[0].name == manifest.name == (await library.newest([SERVICE])).name
    assert manifest.part(SERVICE).rows["outbox_sent"] == MANY
    await checked(library, manifest)
    other = make_database(SERVICE)
    databases.sql(other, "CREATE TABLE newer (id int)", "INSERT INTO discount_codes (code) VALUES ('C')")
    for database in (url, other):
        await loaded(library, manifest, database)
        assert databases.sql(database, CODES) == "A\nB"
        assert databases.sql(database, "SELECT to_regclass('newer')") == ""
    await library.sweep(manifest.name)


async def test_nobody_else_can_read_what_is_kept(manifest: Manifest, kept: Path) -> None:
    path = kept / manifest.name / manifest.part(SERVICE).file
    assert path.stat().st_mode & 0o077 == path.parent.stat().st_mode & 0o077 == 0
    assert b"PGDMP" not in path.read_bytes()


async def test_services_cannot_write_until_the_restore_has_its_end(
    at_home: Library, manifest: Manifest, url: str
) -> None:
    await loaded(at_home, manifest, url)
    early = await Database.connect(url, application="test", pool_size=1)
    with pytest.raises(Unavailable):
        await early.execute("DELETE FROM discount_codes")
    await early.close()
    assert databases.sql(url, CODES) == "A\nB"
    inside = await Database.connect(behind_the_gate(url), application="test", pool_size=1)
    async with inside.transaction() as tx:
        await open_again(tx)
    await inside.close()
    databases.sql(url, "INSERT INTO discount_codes (code) VALUES ('NOW')")


async def test_who_is_connected_is_seen(url: str) -> None:
    assert await there(SERVICE, url) == (True, [])
    service = await Database.connect(url, application="checkout", pool_size=1)
    assert await there(SERVICE, url) == (True, ["checkout"])
    await service.close()


def _flipped(path: Path) -> None:
    text = bytearray(path.read_bytes())
    text[len(text) // 2] ^= 1
    path.write_bytes(text)


def _shortened(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


@pytest.mark.parametrize(("name", "key"), [("plain", None), ("encrypted", KEY)])
async def test_a_damaged_file_is_a_sentence_and_replaces_nothing(
    kept: Path, made_once: Path, url: str, name: str, key: BackupKey | None
) -> None:
    databases.sql(url, "INSERT INTO discount_codes (code) VALUES ('NOW')")
    library = Library(Folder(kept), key=key)
    for harm in (_flipped, _shortened, Path.unlink):
        shutil.copytree(made_once / name, kept, dirs_exist_ok=True)
        manifest = await library.newest([SERVICE])
        harm(kept / manifest.name / manifest.part(SERVICE).file)
        with pytest.raises(BackupError, match=r"damaged|can't be used"):
            await checked(library, manifest)
        if key:
            with pytest.raises(BackupError):
                await loaded(library, manifest, url)
            assert databases.sql(url, CODES) == "A\nB\nNOW"


async def test_a_manifest_that_says_more_than_its_dump_has_replaces_nothing(
    at_home: Library, manifest: Manifest, url: str
) -> None:
    databases.sql(url, "INSERT INTO discount_codes (code) VALUES ('NOW')")
    part = manifest.part(SERVICE)
    lie = manifest.model_copy(update={"parts": (part.model_copy(update={"rows": {**part.rows, "discount_codes": 3}}),)})
    with pytest.raises(BackupError, match="says 3 rows of discount_codes, the dump has 2"):
        await loaded(at_home, lie, url)
    assert databases.sql(url, CODES) == "A\nB\nNOW"


async def test_another_key_is_a_sentence(manifest: Manifest, kept: Path) -> None:
    for key, word in ((None, "set BACKUP_KEY"), (BackupKey("o" * 40), "another BACKUP_KEY")):
        other = Library(Folder(kept), key=key)
        with pytest.raises(BackupError, match=word):
            await other.get(manifest.name)
        assert word in (await other.all())[0].trouble


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "small"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("only root can make a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


async def test_a_full_disk_is_a_sentence_and_leaves_nothing(url: str, small_disk: Path) -> None:
    with pytest.raises(BackupError, match="is full: free some space"):
        await made(Library(Folder(small_disk / "kept"), key=KEY), url)
    assert below(small_disk / "kept") == []


def below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*"))


async def test_what_fails_or_is_interrupted_in_the_middle_leaves_nothing(library: Library, url: str) -> None:
    before = await library.all()
    with pytest.raises(BackupError, match="could not be dumped"):
        await made(library, url, source=partial(breaking, url, BackupError("it could not be dumped")))
    held = asyncio.Event()
    interrupted = asyncio.create_task(made(library, url, source=partial(waiting, url, held)))
    await held.wait()
    interrupted.cancel()
    with pytest.raises(asyncio.CancelledError):
        await interrupted
    assert await library.all() == before
    assert [name for name in await library._place.names() if not name.endswith(NAME)] == []


@asynccontextmanager
async def breaking(url: str, error: Exception) -> AsyncIterator[Dump]:
    async def pieces(whole: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        yield await anext(whole)
        raise error

    async with dump(SERVICE, url) as found:
        yield replace(found, pieces=pieces(found.pieces))


@asynccontextmanager
async def waiting(url: str, held: asyncio.Event) -> AsyncIterator[Dump]:
    async def pieces(whole: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        yield await anext(whole)
        held.set()
        await asyncio.Event().wait()

    async with dump(SERVICE, url) as found:
        yield replace(found, pieces=pieces(found.pieces))


async def test_all_snapshots_are_held_before_any_is_counted(
    at_home: Library, url: str, make_database: MakeDatabase
) -> None:
    seen: list[str] = []
    urls = {SERVICE: url, "inventory": make_database("inventory")}
    sources = {service: partial(watched, service, address, seen) for service, address in urls.items()}
    await create(at_home, sources, now=NOW, watch=unwatched)
    assert seen[:2] == ["inventory is held", f"{SERVICE} is held"]


@asynccontextmanager
async def watched(service: str, url: str, seen: list[str]) -> AsyncIterator[Dump]:
    async def described() -> Snapshot:
        seen.append(f"{service} is counted")
        return await found.described()

    async with dump(service, url) as found:
        seen.append(f"{service} is held")
        yield replace(found, described=described)


async def test_an_interrupted_restore_has_changed_nothing(at_home: Library, manifest: Manifest, url: str) -> None:
    databases.sql(url, "INSERT INTO discount_codes (code) VALUES ('NOW')")
    part, held = manifest.part(SERVICE), asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        whole = at_home.opened(manifest, part, at_home.stored(manifest, part))
        yield (await anext(whole))[:-1000]
        held.set()
        await asyncio.Event().wait()

    restore = asyncio.create_task(load(part, url, stuck()))
    await held.wait()
    restore.cancel()
    with pytest.raises(asyncio.CancelledError):
        await restore
    assert databases.sql(url, CODES) == "A\nB\nNOW"


async def test_beside_another_kafka_all_is_read_and_sent_again_in_order(
    at_home: Library, make_database: MakeDatabase
) -> None:
    url = make_database("eventbus")
    databases.sql(
        url,
        SENT.format(rows=2),
        "INSERT INTO outbox (event_id, topic, key, header_names, header_values, value)"
        " VALUES (gen_random_uuid(), 'orders', '', '{}', '{}', 'waits')",
        "INSERT INTO consumer_offsets VALUES ('g', 'stock', 0, 7, 'old')",
    )
    then = files("eventbus").joinpath("another_cluster.sql").read_text()
    await loaded(at_home, await made(at_home, url), url, then=(then,))
    assert databases.sql(url, "SELECT again FROM outbox ORDER BY id") == "t\nt\nf"
    assert databases.sql(url, "SELECT next_offset FROM consumer_offsets") == "-1"


async def test_the_rule_removes_old_ones_and_what_was_broken_off_long_ago(
    at_home: Library, kept: Path, url: str
) -> None:
    names = [(await made(at_home, url, now=NOW - timedelta(days=age))).name for age in (3, 2, 1)]
    broken = kept / "20261120T030000Z-0000" / "checkout.dump.sealed"
    broken.parent.mkdir()
    broken.write_bytes(b"half")
    removed = await at_home.prune(Keeping(daily=2, weekly=0, monthly=0), now=NOW, zone=ZoneInfo("UTC"))
    assert removed == names[:1]
    assert below(kept) == sorted(names[1:])
