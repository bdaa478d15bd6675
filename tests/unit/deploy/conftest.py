"""The overlays of deploy/kubernetes, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.deploy.kubernetes import OVERLAYS, Cluster, checkout_of_deploy, cluster


@pytest.fixture(scope="session")
def overlays(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkout_of_deploy(tmp_path_factory.mktemp("kubernetes"))


@pytest.fixture(scope="session", params=OVERLAYS)
def built(request: pytest.FixtureRequest, overlays: Path) -> Cluster:
    return cluster(overlays / request.param)
