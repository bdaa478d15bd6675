"""What `fullhouse backup` says where nothing is set, and how it names sizes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.backup.asking import told
from cli.backup.meter import size
from cli.errors import CommandError
from tests.fixtures.command_line import without_installation

pytestmark = pytest.mark.proves("O-4")


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345_678, "12.3 MB"), (5 * 10**15, "5000.0 TB")],
)
def test_a_size_is_short(count: int, text: str) -> None:
    assert size(count) == text


def test_without_a_place_it_says_which_variable_names_one() -> None:
    done = without_installation("backup", "list")
    assert (done.returncode, done.stdout) == (1, "")
    assert "BACKUP_TO is not set" in done.stderr


@pytest.mark.parametrize("place", ["backups", "s3://B", "ftp://example.com/x"])
def test_a_place_of_a_wrong_form_is_a_sentence(place: str) -> None:
    done = without_installation("backup", "list", BACKUP_TO=place)
    assert done.returncode == 2
    assert "BACKUP_TO is wrong" in done.stderr


def test_a_bucket_needs_its_keys() -> None:
    done = without_installation("backup", "list", BACKUP_TO="s3://bucket/folder")
    assert done.returncode == 2
    assert "BACKUP_S3_ACCESS_KEY_ID" in done.stderr


def test_an_empty_place_is_no_mistake_and_has_nothing_to_restore(tmp_path: Path) -> None:
    done = without_installation("backup", "list", "--json", BACKUP_TO=str(tmp_path))
    assert (done.returncode, json.loads(done.stdout)) == (0, {"place": str(tmp_path), "data": []})
    assert "fullhouse backup create" in without_installation("backup", "list", BACKUP_TO=str(tmp_path)).stdout
    done = without_installation("backup", "verify", BACKUP_TO=str(tmp_path))
    assert done.returncode == 1
    assert "There is no backup in" in done.stderr


def test_of_a_job_it_tells_how_it_ended_and_where_to_look() -> None:
    run = {"outcome": "done", "seconds": 4.2, "error": ""}
    assert told(run) == "all databases, in 4 s; `fullhouse backup list` shows it"
    with pytest.raises(CommandError, match=r"failed \(BackupError\); `fullhouse logs errors --service monitor`"):
        told({**run, "outcome": "failed", "error": "BackupError"})
    with pytest.raises(CommandError, match="ended as interrupted; "):
        told({**run, "outcome": "interrupted"})
