"""What is generated of the contract: `libs/contracts/exchange.json` and docs/events."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from contracts import asyncapi_text
from contracts.exchange import PATH, SERVICES
from contracts.markdown import index_text
from tests.contract.events.compatibility import COMPATIBLE, Rule
from tests.contract.events.gathering import ROOT, gather

DOCS = ROOT / "docs" / "events"


def documents() -> Mapping[Path, str]:
    """Every generated file and its text, from the code as it is now."""
    exchange = gather()
    return {
        PATH: exchange.text(),
        DOCS / "README.md": index_text(exchange, compatible=COMPATIBLE, rules=[rule.value for rule in Rule]),
        **{DOCS / f"asyncapi-{service}.yaml": asyncapi_text(service, exchange) for service in SERVICES},
    }


def write_documents() -> None:
    DOCS.mkdir(exist_ok=True)
    for path, text in documents().items():
        path.write_text(text)
