"""Whoever closes an idle connection must be its client: a request that meets a closing one is lost."""

from __future__ import annotations

import re

import pytest

from cli.serving import KEEP_ALIVE_SECONDS
from stack.layout import ROOT


@pytest.mark.proves("L-10")
def test_the_services_keep_idle_connections_longer_than_the_gateway() -> None:
    template = (ROOT / "deploy/gateway/Caddyfile.template").read_text()
    kept = re.findall(r"^\s*keepalive (\d+)s$", template, re.MULTILINE)
    assert len(kept) == template.count("transport http")
    assert all(int(seconds) < KEEP_ALIVE_SECONDS for seconds in kept)
