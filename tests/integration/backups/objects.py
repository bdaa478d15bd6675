"""An S3-compatible server of the tests' own (SeaweedFS), with a bucket."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from backups.settings import BackupSettings
from stack.layout import LOOPBACK
from stack.processes import end, listens, spawn, wait_until
from tests.fixtures import testbed
from tests.fixtures.ports import free_port

BUCKET: Final = "kept"
ACCESS: Final = {"accessKey": "backups", "secretKey": "5f0e7b1c9a2d4e68"}
PARTS: Final = ("master", "volume", "filer", "s3")
SECONDS: Final = 60


@contextmanager
def object_store() -> Iterator[BackupSettings]:
    """Settings whose BACKUP_TO is a folder of an empty bucket."""
    folder = testbed.new_folder("objects")
    ports = {part: free_port() for part in PARTS}
    people = {"identities": [{"name": "backups", "credentials": [ACCESS], "actions": ["Admin"]}]}
    (folder / "people.json").write_text(json.dumps(people))
    child = spawn(_command(folder, ports), log=folder / "log", parent_death=signal.SIGTERM)
    try:
        ready = lambda: all(listens(port) for port in ports.values())  # noqa: E731
        wait_until(ready, part="weed", log=folder / "log", child=child, seconds=SECONDS)
        bucket = f"http://{LOOPBACK}:{ports['filer']}/buckets/{BUCKET}/"
        urllib.request.urlopen(urllib.request.Request(bucket, method="POST"), timeout=10).close()
        yield BackupSettings(
            backup_to=f"s3://{BUCKET}/fullhouse",
            backup_s3_endpoint=f"http://{LOOPBACK}:{ports['s3']}",
            backup_s3_access_key_id=ACCESS["accessKey"],
            backup_s3_secret_access_key=ACCESS["secretKey"],
        )
    finally:
        end(child, first=signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def _command(folder: Path, ports: dict[str, int]) -> list[str]:
    flags = [flag for part in PARTS for flag in (f"-{part}.port={ports[part]}", f"-{part}.port.grpc={free_port()}")]
    return [
        str(Path(sys.executable).parent / "weed"),
        "server",
        f"-dir={folder}",
        f"-ip={LOOPBACK}",
        "-filer",
        "-s3",
        f"-s3.config={folder / 'people.json'}",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=8",
        *flags,
    ]
