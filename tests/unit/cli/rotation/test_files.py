"""Rotating secrets that are files, as those of Docker Compose."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cli.rotation.elsewhere import files_of, replaced

pytestmark = pytest.mark.proves("O-9")
NAMES = ("AUTH_SIGNING_KEY", "AUTH_PUBLIC_KEYS")


def test_a_new_value_replaces_the_file_and_its_readers_are_named(tmp_path: Path) -> None:
    given = {f"{name}_FILE": str(tmp_path / name) for name in NAMES}
    (tmp_path / NAMES[0]).write_text("old\n")
    files = files_of(NAMES, given)
    assert files == {name: tmp_path / name for name in NAMES}
    said = replaced({"AUTH_SIGNING_KEY": "new"}, files)
    assert said == f"wrote {tmp_path / NAMES[0]}. Restart monitor, one process after the other. Then run this again."
    assert (tmp_path / NAMES[0]).read_text() == "new"
    assert stat.S_IMODE((tmp_path / NAMES[0]).stat().st_mode) == 0o600


def test_what_is_not_only_in_files_is_left_to_its_platform(tmp_path: Path) -> None:
    given = {f"{name}_FILE": str(tmp_path / name) for name in NAMES}
    assert files_of(NAMES, {"AUTH_SIGNING_KEY_FILE": given["AUTH_SIGNING_KEY_FILE"]}) is None, "one has no file"
    assert files_of(NAMES, {**given, "AUTH_PUBLIC_KEYS": "k"}) is None, "what is set counts more than the file"
    assert files_of(NAMES, {**given, "AUTH_PUBLIC_KEYS_FILE": "/proc/none/key"}) is None, "none may be put there"
