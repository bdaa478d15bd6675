"""Whoever closes an idle connection must be its client: a request that meets a closing one is lost."""

from __future__ import annotations

import re

import pytest

from chassis.http.parting import LINGER_SECONDS
from chassis.http_client import OWN_IDLE_SECONDS
from cli.serving import GRACE_SECONDS, KEEP_ALIVE_SECONDS
from stack.layout import ROOT

pytestmark = pytest.mark.proves("L-10")


def test_the_services_keep_idle_connections_longer_than_the_gateway() -> None:
    template = (ROOT / "deploy/gateway/Caddyfile.template").read_text()
    kept = re.findall(r"^\s*keepalive (\d+)s$", template, re.MULTILINE)
    assert len(kept) == template.count("transport http")
    assert all(int(seconds) < LINGER_SECONDS for seconds in kept)


def test_they_keep_them_longer_than_our_own_clients_whose_looks_may_be_one_period_late() -> None:
    assert 2 * OWN_IDLE_SECONDS < LINGER_SECONDS < GRACE_SECONDS < KEEP_ALIVE_SECONDS
