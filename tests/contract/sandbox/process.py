"""The sandbox in a process of its own: for tests that kill it."""

from __future__ import annotations

import os

import uvicorn

from sandbox import app


def run(port: int) -> None:
    """By the variables of the environment, until it is killed."""
    uvicorn.run(app.create(os.environ), host="127.0.0.1", port=port, log_level="error")
