"""The sandbox in a process of its own: for tests that kill it."""

from __future__ import annotations

import os

from sandbox import app


def create() -> app.Sandbox:
    """For uvicorn."""
    return app.create(os.environ)
