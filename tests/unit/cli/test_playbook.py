"""`fullhouse playbook` shows what to do, whatever else is down."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from playbooks import playbooks

pytestmark = pytest.mark.proves("O-3", "O-1")


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FULLHOUSE_MODE", "sandbox")
    monkeypatch.setenv("CONFIG_DIR", str(tmp_path / "nowhere"))


def test_they_are_listed_and_each_is_printed_as_it_is_written() -> None:
    runner = CliRunner()
    listed = json.loads(runner.invoke(app, ["playbook", "--json"]).stdout)["playbooks"]
    assert [each["name"] for each in listed] == list(playbooks())
    for name in ("job-failed", "/docs/playbooks/job-failed"):
        shown = runner.invoke(app, ["playbook", name])
        assert shown.exit_code == 0
        assert playbooks()["job-failed"].text.rstrip() in shown.stdout


def test_vendors_pages_come_from_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    named = next(name for name, playbook in playbooks().items() if "stripe" in playbook.vendors)
    without = json.loads(CliRunner().invoke(app, ["playbook", named, "--json"]).stdout)
    assert "vendors.yaml" in without["vendors"][0]
    monkeypatch.setenv("CONFIG_DIR", "deploy/config")
    assert "https://status.stripe.com" in CliRunner().invoke(app, ["playbook", named]).stdout


def test_an_unknown_one_is_a_sentence() -> None:
    assert "lists them" in str(CliRunner().invoke(app, ["playbook", "no-such"]).exception)
