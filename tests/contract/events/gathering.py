"""What the four services' code writes and reads: the source of `libs/contracts/exchange.json`.

Readers are the very subscriptions that each service registers. Writers are found in the source: a service writes a type
of a topic that it may write (E-3) when its code names the class to make an event of it. Naming it as a key of a table,
in `isinstance` or in an annotation is no such thing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from unittest.mock import Mock

from checkout.catalogue.memory import CatalogueMemory
from checkout.maintenance.memory import MaintenanceMemory
from checkout.providers.memory import ProviderMemory
from checkout.subscriptions import subscriptions as of_checkout
from contracts.exchange import SERVICES, Exchange, Kind, Reading, topics_of
from eventbus import Effect, View
from eventbus.operation.access import access_view
from events import REGISTRY, WRITERS, Topic
from inventory.subscriptions import subscriptions as of_inventory
from monitor.health.instances import Instances
from monitor.subscriptions import subscriptions as of_monitor
from notifier.messages.stock_view import StockView
from notifier.subscriptions import subscriptions as of_notifier
from tests.fixtures.sources import nodes

ROOT: Final = Path(__file__).resolve().parents[3]
_BY_CLASS: Final = {model.__name__: name for name, model in REGISTRY.items()}
_CLASSES: Final = re.compile(r"\b(?:" + "|".join(_BY_CLASS) + r")\b")
# Modules of the libraries that make events for a service: for every one, or for those that name this class.
_SHARED: Final = {
    ROOT / "libs" / "eventbus" / "operation" / "heartbeat.py": None,
    ROOT / "libs" / "chassis" / "counted.py": None,
    ROOT / "libs" / "chassis" / "http" / "guards.py": None,
    ROOT / "libs" / "chassis" / "jobs" / "runs.py": "run_jobs",
    ROOT / "libs" / "chassis" / "signatures.py": "RefusedSignatures",
}


def gather() -> Exchange:
    return Exchange(
        writes={service: tuple(_writes(service)) for service in SERVICES},
        readings=tuple(_reading(service, each) for service in SERVICES for each in subscribed(service)),
    )


def subscribed(service: str) -> Sequence[Effect | View]:
    """What the service registers, and its host; the handlers lead nowhere here."""
    anything: Any = Mock()
    made = {
        "checkout": lambda: of_checkout(
            CatalogueMemory(anything),
            MaintenanceMemory(anything, clock=anything),
            anything,
            ProviderMemory(anything, currency="USD"),
        ),
        "inventory": lambda: of_inventory(anything, anything, anything),
        "notifier": lambda: of_notifier(anything, anything, StockView()),
        "monitor": lambda: of_monitor(anything, anything, Instances(clock=anything)),
    }
    return (*made[service](), access_view(anything))


def _reading(service: str, given: Effect | View) -> Reading:
    models = given.handlers if isinstance(given, Effect) else given.types
    types = {model.type for model in models}
    return Reading(
        service=service,
        name=given.group if isinstance(given, Effect) else given.name,
        kind=Kind.EFFECT if isinstance(given, Effect) else Kind.VIEW,
        start=given.start.value,
        topics=tuple(topic.value for topic in Topic if topic in given.topics),
        types=tuple(name for name in REGISTRY if name in types),
    )


def _writes(service: str) -> Iterator[str]:
    own = list((ROOT / "services" / service).rglob("*.py"))
    shared = [
        path for path, maker in _SHARED.items() if maker is None or any(maker in each.read_text() for each in own)
    ]
    named = named_to_make([*own, *shared])
    for name in REGISTRY:
        if name in named and may_write(service, name):
            yield name


def may_write(service: str, event_type: str) -> bool:
    return all(service in WRITERS[Topic(topic)] for topic in topics_of(event_type))


def named_to_make(paths: Iterable[Path]) -> set[str]:
    """Types whose classes these files name as what to make an event of."""
    return {name for path in paths if _CLASSES.search(path.read_text()) for name in _named(nodes(path))}


def _named(parts: Sequence[ast.AST]) -> Iterator[str]:
    passive = {id(inner) for node in parts for outer in _passive(node) for inner in ast.walk(outer)}
    for node in parts:
        if isinstance(node, ast.Name) and node.id in _BY_CLASS and id(node) not in passive:
            yield _BY_CLASS[node.id]


def _passive(node: ast.AST) -> Iterator[ast.AST]:
    """Places that name a class without making anything of it."""
    if isinstance(node, ast.Dict):
        yield from (key for key in node.keys if key is not None)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
        yield from node.args
    elif isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
        yield node.annotation
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
        yield node.returns
    elif isinstance(node, ast.Subscript):
        yield node.slice
