"""The sample app, and the lines that it logs."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from chassis.app import create_app
from chassis.telemetry import configure_logging
from tests.unit.chassis.sample_app import router
from tests.unit.chassis.samples import sample_settings


@pytest.fixture
def app() -> FastAPI:
    return create_app(service="checkout", settings=sample_settings(), routers=[router])


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    configure_logging("checkout", stream=stream)
    yield stream
    configure_logging("checkout", stream=io.StringIO())
