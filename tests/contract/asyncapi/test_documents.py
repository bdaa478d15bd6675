"""The AsyncAPI documents and the page of docs/events: up to date, valid, and true (E-8)."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from pydantic import ValidationError

from chassis.ids import uuid7
from contracts import Kind, asyncapi_document, asyncapi_text, chapters, fields_of, golden_records, load_exchange
from contracts.exchange import SERVICES, topics_of
from eventbus import RawRecord
from eventbus.failures import dead_letters
from eventbus.failures.dead_letters import Death
from events import REGISTRY, WRITERS, Topic
from tests.contract.asyncapi.model import AsyncAPI3
from tests.contract.events.documents import DOCS, documents
from tests.contract.events.gathering import ROOT, gather, may_write, named_to_make, subscribed
from tests.fixtures.sources import READ_TOGETHER, nodes

pytestmark = READ_TOGETHER

Document = dict[str, Any]
NOT_YET_WRITTEN: set[str] = set()


@cache
def document(service: str) -> Document:
    """As it is committed; not to be changed."""
    loaded: Document = yaml.load((DOCS / f"asyncapi-{service}.yaml").read_text(), Loader=yaml.CSafeLoader)
    return loaded


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)


def found(root: Document, reference: str) -> Any:
    place: Any = root
    for step in reference.removeprefix("#/").split("/"):
        place = place[step]
    return place


@pytest.mark.proves("E-8")
def test_what_is_committed_is_what_the_code_says() -> None:
    texts = documents()
    stale = [path.relative_to(ROOT).as_posix() for path, text in texts.items() if path.read_text() != text]
    assert not stale, "write them anew with `make schemas`"
    assert {path.name for path in DOCS.iterdir()} == {path.name for path in texts if path.parent == DOCS}


@pytest.mark.proves("E-8")
@pytest.mark.parametrize("service", SERVICES)
def test_a_document_is_asyncapi_3(service: str) -> None:
    AsyncAPI3.model_validate(document(service))
    assert [
        reference for reference in references(document(service)) if found(document(service), reference) is None
    ] == []


@pytest.mark.proves("E-8")
@pytest.mark.parametrize(
    "harm",
    [
        lambda whole: whole["operations"]["send_orders"].update(action="publish"),
        lambda whole: whole["channels"]["orders"].update(adress="orders"),
        lambda whole: whole["info"].pop("version"),
        lambda whole: whole["channels"]["orders"]["bindings"]["kafka"].update(partitions="many"),
    ],
)
def test_a_document_that_is_none_is_refused(harm: Any) -> None:
    whole = copy.deepcopy(document("checkout"))
    harm(whole)
    with pytest.raises(ValidationError):
        AsyncAPI3.model_validate(whole)


@pytest.mark.proves("E-2", "E-8")
@pytest.mark.parametrize("service", SERVICES)
def test_the_examples_are_what_their_schemas_say(service: str) -> None:
    whole = document(service)
    for name, message in whole["components"]["messages"].items():
        for example in message.get("examples", ()):
            payload = {**message["payload"], "components": whole["components"]}
            jsonschema_rs.validate(payload, example["payload"])
            jsonschema_rs.validate(message["headers"], example["headers"])
            assert example["headers"]["ce_type"] == message["name"], name


@pytest.mark.proves("E-3", "E-7", "E-8")
@pytest.mark.parametrize("service", SERVICES)
def test_operations_are_the_subscriptions_of_the_service(service: str) -> None:
    operations = document(service)["operations"].values()
    received = {
        (each["bindings"]["kafka"]["groupId"]["enum"][0], found(document(service), each["channel"]["$ref"])["address"])
        for each in operations
        if each["action"] == "receive" and "bindings" in each
    }
    groups = {name for name, _ in received}
    assert groups == {each.group for each in subscribed(service) if hasattr(each, "group")}
    for reading in load_exchange().readings_of(service):
        if reading.kind is Kind.EFFECT:
            handled = {topic for topic in reading.topics if reading.types_on(topic)}
            assert {topic for name, topic in received if name == reading.name} == handled


@pytest.mark.proves("E-3", "E-8")
@pytest.mark.parametrize("service", SERVICES)
def test_a_channel_says_how_the_topic_is_made(service: str) -> None:
    channels = document(service)["channels"]
    kept = {name: each["bindings"]["kafka"]["topicConfiguration"] for name, each in channels.items()}
    assert kept["heartbeats"] == {"cleanup.policy": ["delete"], "retention.ms": 24 * 3600 * 1000}
    if "catalogue" in kept:
        assert kept["catalogue"] == {"cleanup.policy": ["compact"]}
    assert {each["address"] for each in channels.values() if not each["address"].endswith(".dlq")} <= set(Topic)


@pytest.mark.proves("E-8")
@pytest.mark.parametrize("service", SERVICES)
def test_subscriptions_are_registered_nowhere_else(service: str) -> None:
    """A group that is not in `subscriptions` would not be in the documents."""
    calls = [
        node
        for path in (ROOT / "services" / service).rglob("*.py")
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "subscribe"
    ]
    assert [ast.unparse(call.args[0]).partition("(")[0] for call in calls] == ["subscriptions"]


@pytest.mark.proves("E-3")
@pytest.mark.parametrize("service", SERVICES)
def test_nobody_writes_what_is_anothers(service: str) -> None:
    made = {
        node.func.id
        for path in (ROOT / "services" / service).rglob("*.py")
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    foreign = {model.__name__ for name, model in REGISTRY.items() if not may_write(service, name)}
    assert not made & foreign
    assert set(WRITERS) == set(Topic)


@pytest.mark.proves("E-3", "E-8")
def test_each_type_is_written_by_somebody_but_these() -> None:
    exchange = gather()
    assert {name for name in REGISTRY if not exchange.writers(name)} == NOT_YET_WRITTEN


@pytest.mark.proves("E-8")
def test_a_writer_is_found_where_an_event_is_made_and_nowhere_else(tmp_path: Path) -> None:
    source = tmp_path / "room.py"
    source.write_text(
        "MADE = {'held': StockHeld}\n"
        "TOLD = {OrderPaid: count}\n"
        "def tell(event: StockSold) -> StockLow:\n"
        "    kinds: tuple[type[StockReturned], ...] = ()\n"
        "    if isinstance(event, StockSoldOut):\n"
        "        return announce(tx, StockOversold)\n"
        "    return StockReleased(cause='')\n"
    )
    assert {name.split(".")[2] for name in named_to_make([source])} == {"held", "oversold", "released"}


@pytest.mark.proves("E-3", "E-8")
def test_the_headers_of_dead_letters_are_the_documented_ones() -> None:
    record = RawRecord(topic="orders", partition=0, offset=0, key=b"k", value=b"{}", headers=())
    death = Death(record=record, event_id=uuid7(), reason="no such city", attempts=8)
    written = {name for name, _ in dead_letters._dlq_headers(death, group="g", died_at="2026-11-21T12:00:00Z")}
    assert written == set(document("notifier")["components"]["messages"]["DeadLetter"]["headers"]["properties"])


@pytest.mark.proves("E-8")
def test_a_change_of_what_is_read_shows_in_the_document() -> None:
    exchange = gather()
    less = type(exchange)(writes={**exchange.writes, "inventory": ()}, readings=exchange.readings[:-1])
    assert asyncapi_text("inventory", less) != asyncapi_text("inventory", exchange)
    assert "send_stock" not in asyncapi_document("inventory", less)["operations"]


@pytest.mark.proves("E-8", "E-10")
def test_people_read_every_type_every_reader_and_every_marked_field() -> None:
    exchange = load_exchange()
    told = {entry.type: entry for chapter in chapters(exchange) for entry in chapter.entries}
    assert set(told) == set(REGISTRY)
    paid = told["fullhouse.order.paid.v1"]
    assert [reading.name for reading in paid.readers] == [
        "checkout-passes",
        "inventory-orders",
        "notifier-sms",
        "notifier-email",
        "monitor-figures",
    ]
    assert {field.path: field.mark for field in paid.marked} == {
        "customer.firstName": "personal",
        "customer.lastName": "personal",
        "customer.email": "personal",
        "customer.phone": "personal",
        "link": "secret",
        "holders[].firstName": "personal",
        "holders[].lastName": "personal",
        "holders[].email": "personal",
        "holders[].link": "secret",
        "tickets[].code": "secret",
    }
    page = (DOCS / "README.md").read_text()
    assert all(f"`{name}`" in page for name in REGISTRY)


@pytest.mark.proves("E-8")
def test_fields_are_told_as_they_stand_on_the_wire() -> None:
    fields = {field.path: field for field in fields_of(REGISTRY["fullhouse.stock.low.v1"])}
    assert (fields["pools{}.held"].kind, fields["pools"].kind) == ("integer", "map to object")
    assert fields["scope"].kind == "tier | city | …"
    assert fields["alsoCrossed"].kind == "list of integer"
    assert not fields["alsoCrossed"].required
    phone = {field.path: field for field in fields_of(REGISTRY["fullhouse.order.paid.v1"])}["customer.phone"]
    assert (phone.kind, phone.mark, phone.words) == ("string or null", "personal", "E.164")


@pytest.mark.proves("E-8")
def test_each_type_has_an_example() -> None:
    for name in REGISTRY:
        assert golden_records(name)[-1].topic in topics_of(name)
