"""The images' one file of names, and what happens where no engine answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack import images
from stack.errors import StackError
from tests.fixtures import containers, testbed

NO_ENGINE = "unix:///nowhere/docker.sock"
DIGEST = "sha256:" + "d" * 64


def test_every_part_that_runs_an_image_of_others_is_named_with_a_version() -> None:
    assert set(images.names()) == {"kafka", "postgres", "gateway", "python"}
    assert all(":" in image for image in images.names().values())


def test_each_of_them_can_be_stood_in_for() -> None:
    for part in images.names():
        assert (images.FOLDER / part / "Dockerfile").read_text().startswith("# Stands in for ")


def test_pinning_writes_digests_and_leaves_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "digest", lambda image: f"{image}@{DIGEST}")
    copy = tmp_path / "images.yaml"
    copy.write_text(images.NAMES.read_text())
    images.pin(copy)
    assert images.names(copy) == {part: f"{image}@{DIGEST}" for part, image in images.names().items()}
    assert copy.read_text().replace(f"@{DIGEST}", "") == images.NAMES.read_text()


def test_without_an_engine_a_run_on_containers_fails_and_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NO_ENGINE)
    monkeypatch.setenv(testbed.STACK, testbed.CONTAINERS)
    with pytest.raises(pytest.UsageError, match="needs a Docker Engine that answers, and none does"):
        testbed.begin()


def test_a_misspelt_stack_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(testbed.STACK, "container")
    with pytest.raises(pytest.UsageError, match="“container”, and may be: embedded, containers"):
        testbed.begin()


def test_an_image_that_no_registry_has_needs_an_engine_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NO_ENGINE)
    with pytest.raises(StackError):
        images.provide()


def test_the_image_is_told_properties_by_its_own_rule() -> None:
    assert containers.variable("listener.name.clients.scram-sha-256.sasl.jaas.config") == (
        "KAFKA_LISTENER_NAME_CLIENTS_SCRAM___SHA___256_SASL_JAAS_CONFIG"
    )
    assert containers.broker_variables(12345)["KAFKA_ADVERTISED_LISTENERS"].startswith("CLIENTS://127.0.0.1:12345,")
