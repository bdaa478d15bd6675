from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

import pytest

from chassis.telemetry import configure_logging
from config import Config, ConfigWatcher

pytestmark = pytest.mark.asyncio


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree("deploy/config", tmp_path / "config"))


def rewrite(path: Path, old: str, new: str) -> None:
    """Write another text, with a time that differs whatever the file system's resolution."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    before = path.stat().st_mtime_ns
    path.write_text(text.replace(old, new), encoding="utf-8")
    os.utime(path, ns=(before + 1_000_000_000, before + 1_000_000_000))


async def test_change_is_taken_and_a_wrong_one_is_not(folder: Path) -> None:
    seen: list[Config] = []
    lines = io.StringIO()
    configure_logging("checkout", stream=lines)

    async def on_change(config: Config) -> None:
        seen.append(config)

    watcher = ConfigWatcher(folder, on_change)
    await watcher.check()
    assert seen == []
    rewrite(folder / "catalogue.yaml", "maxQuantity: 6", "maxQuantity: 4")
    await watcher.check()
    await watcher.check()
    assert [config.catalogue.max_quantity for config in seen] == [4]
    rewrite(folder / "catalogue.yaml", "maxQuantity: 4", "maxQuantity: none")
    await watcher.check()
    await watcher.check()
    assert watcher.current.catalogue.max_quantity == 4
    assert lines.getvalue().count("configuration_rejected") == 1
    assert "maxQuantity: must be a whole number" in lines.getvalue()
    rewrite(folder / "catalogue.yaml", "maxQuantity: none", "maxQuantity: 5")
    await watcher.check()
    assert watcher.current.catalogue.max_quantity == 5


async def test_change_that_could_not_be_applied_is_tried_again(folder: Path) -> None:
    calls = 0

    async def on_change(_config: Config) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ConnectionError("database away")

    watcher = ConfigWatcher(folder, on_change)
    rewrite(folder / "catalogue.yaml", "maxQuantity: 6", "maxQuantity: 4")
    with pytest.raises(ConnectionError):
        await watcher.check()
    assert watcher.current.catalogue.max_quantity == 6
    await watcher.check()
    assert watcher.current.catalogue.max_quantity == 4
