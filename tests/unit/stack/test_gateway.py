"""The table path → service, and what the gateway makes of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stack.errors import StackError
from stack.gateway import Routes, caddyfile, trusted
from stack.layout import SERVICES, Layout, Ports
from tests.fixtures.routes import PROMISED

ROUTES = Routes.load()


@pytest.mark.parametrize(("path", "service"), PROMISED.items())
def test_a_path_belongs_to_one_service(path: str, service: str | None) -> None:
    assert ROUTES.service(path) == service


def test_every_entry_of_the_table_is_reached(tmp_path: Path) -> None:
    for entry, service in ROUTES.paths.items():
        assert ROUTES.service(entry.replace("*", "anything")) == service


def test_the_configuration_names_each_services_port(tmp_path: Path) -> None:
    layout = Layout(state=tmp_path, ports=Ports(9000))
    text = caddyfile(layout, trusted_proxies=())
    assert all(f"import service 127.0.0.1 {layout.ports.service(name)}" in text for name in SERVICES)
    assert re.search(r"\$[a-z{]", text) is None, "no name is left that has no value"


def test_a_service_may_be_elsewhere(tmp_path: Path) -> None:
    layout = Layout(state=tmp_path, ports=Ports(9000))
    text = caddyfile(layout, trusted_proxies=(), elsewhere={"monitor": "192.0.2.7:80"})
    assert "import service 192.0.2.7 80" in text
    assert f" {layout.ports.service('monitor')}" not in text
    assert f"import service 127.0.0.1 {layout.ports.service('checkout')}" in text


def test_nobodys_word_on_addresses_counts_unless_listed() -> None:
    assert trusted(()) == ""
    assert trusted(["10.0.0.0/8", "192.0.2.7/32"]).startswith("trusted_proxies static 10.0.0.0/8 192.0.2.7/32")


def test_a_path_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "routes.toml"
    table.write_text('default = "checkout"\nclosed = []\n[services]\ncheckout = ["/a"]\nmonitor = ["/a"]\n')
    with pytest.raises(StackError, match="twice"):
        Routes.load(table)
