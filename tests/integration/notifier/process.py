"""The notifier in a process of its own: for tests that kill it."""

from __future__ import annotations

import os

import uvicorn

from notifier.app import create
from tests.integration.notifier.harness import QUICK

if __name__ == "__main__":
    uvicorn.run(
        create(os.environ, pace=QUICK),
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        log_config=None,
        access_log=False,
    )
