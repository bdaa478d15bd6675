"""Builds a service's AsyncAPI 3 document: its channels, the events that it sends, those that each group receives."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final

import yaml

from chassis.process import VERSION
from contracts.exchange import Exchange, Kind, Reading, topics_of
from contracts.index import KEYS, sentence
from contracts.records import golden_records
from events import DLQ_SUFFIX, REGISTRY, TOPIC_PLANS, Topic, TopicPlan

Document = dict[str, Any]

ABOUT: Final = {
    "checkout": "Orders, payments, the catalogue.",
    "inventory": "Seats and tickets.",
    "notifier": "Messages to people, and their answers.",
    "monitor": "Figures, alerts, health and sign-in.",
}
DEAD_LETTER: Final = "DeadLetter"
_BINDING: Final = "0.5.0"
_PLANS: Final = {plan.name: plan for plan in TOPIC_PLANS}


def asyncapi_text(service: str, exchange: Exchange) -> str:
    """The document as YAML."""
    document = asyncapi_document(service, exchange)
    return yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=120)


def asyncapi_document(service: str, exchange: Exchange) -> Document:
    """The document."""
    sends, readings = exchange.writes[service], exchange.readings_of(service)
    types = [name for name in REGISTRY if name in sends or any(name in reading.types for reading in readings)]
    given_up = sorted({topic for reading in readings if reading.kind is Kind.EFFECT for topic in reading.topics})
    letters = {DEAD_LETTER: _dead_letter()} if given_up else {}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Fullhouse {service}",
            "version": VERSION,
            "description": f"{ABOUT[service]} Events are CloudEvents 1.0 in Kafka's binary mode: attributes in "
            "headers, JSON in the value. Readers ignore fields they don't know. Fields with `x-personal` or "
            "`x-secret` are masked wherever an event is shown.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "127.0.0.1:9092",
                "protocol": "kafka",
                "description": "As `make up` starts it; KAFKA_BOOTSTRAP_SERVERS names another.",
            }
        },
        "channels": {
            **{_id(topic): _channel(topic, types) for topic in _topics(types)},
            **{_id(topic + DLQ_SUFFIX): _letters_channel(topic) for topic in given_up},
        },
        "operations": {
            **{f"send_{_id(topic)}": _send(topic, sends) for topic in _topics(sends)},
            **{
                f"receive_{_id(reading.name)}_{_id(topic)}": _receive(reading, topic)
                for reading in readings
                for topic in reading.topics
                if reading.types_on(topic)
            },
            **{f"send_{_id(topic + DLQ_SUFFIX)}": _send_letters(topic, readings) for topic in given_up},
        },
        "components": {
            "messages": {**{_title(name): _message(name) for name in types}, **letters},
            "schemas": _schemas(types),
        },
    }


def _topics(types: Iterable[str]) -> list[str]:
    touched = {topic for name in types for topic in topics_of(name)}
    return [topic.value for topic in Topic if topic.value in touched]


def _channel(topic: str, types: Iterable[str]) -> Document:
    here = [name for name in types if topic in topics_of(name)]
    return {
        "address": topic,
        "description": f"Keyed by {KEYS[Topic(topic)]}: events of one key keep their order.",
        "messages": {_title(name): _ref("components", "messages", _title(name)) for name in here},
        "bindings": {"kafka": _topic_binding(topic, _PLANS[topic])},
    }


def _letters_channel(topic: str) -> Document:
    return {
        "address": topic + DLQ_SUFFIX,
        "description": f"Records of `{topic}` that a group gave up, byte for byte, with the original's key.",
        "messages": {DEAD_LETTER: _ref("components", "messages", DEAD_LETTER)},
        "bindings": {"kafka": _topic_binding(topic + DLQ_SUFFIX, _PLANS[topic + DLQ_SUFFIX])},
    }


def _topic_binding(topic: str, plan: TopicPlan) -> Document:
    settings: Document = {"cleanup.policy": ["compact" if plan.compacted else "delete"]}
    if not plan.compacted:
        settings["retention.ms"] = int(plan.retention.total_seconds() * 1000)
    return {
        "topic": topic,
        "partitions": plan.partitions,
        "replicas": plan.replication,
        "topicConfiguration": settings,
        "bindingVersion": _BINDING,
    }


def _send(topic: str, sends: Iterable[str]) -> Document:
    return {
        "action": "send",
        "channel": _ref("channels", _id(topic)),
        "messages": [
            _ref("channels", _id(topic), "messages", _title(name)) for name in sends if topic in topics_of(name)
        ],
    }


def _receive(reading: Reading, topic: str) -> Document:
    operation: Document = {
        "action": "receive",
        "title": f"{reading.name} reads {topic}",
        "channel": _ref("channels", _id(topic)),
        "messages": [_ref("channels", _id(topic), "messages", _title(name)) for name in reading.types_on(topic)],
        "x-start": reading.start,
    }
    if reading.kind is Kind.VIEW:
        return {**operation, "description": "A view: every process reads everything, without a group."}
    group = {"type": "string", "enum": [reading.name]}
    return {
        **operation,
        "description": "A consumer group: each event has its effect exactly once.",
        "bindings": {"kafka": {"groupId": group, "bindingVersion": _BINDING}},
    }


def _send_letters(topic: str, readings: Iterable[Reading]) -> Document:
    groups = [each.name for each in readings if each.kind is Kind.EFFECT and topic in each.topics]
    return {
        "action": "send",
        "description": f"What {', '.join(groups)} could not handle.",
        "channel": _ref("channels", _id(topic + DLQ_SUFFIX)),
        "messages": [_ref("channels", _id(topic + DLQ_SUFFIX), "messages", DEAD_LETTER)],
    }


def _message(event_type: str) -> Document:
    newest = golden_records(event_type)[-1]
    return {
        "name": event_type,
        "title": _title(event_type),
        "summary": sentence(event_type),
        "contentType": "application/json",
        "headers": _headers(event_type),
        "payload": _ref("components", "schemas", _title(event_type)),
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": _BINDING}},
        "examples": [{"headers": dict(newest.headers), "payload": dict(newest.value)}],
    }


def _headers(event_type: str) -> Document:
    """CloudEvents' attributes as Kafka headers (E-2)."""
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "content-type"],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": {**text, "format": "uuid", "description": "A UUIDv7, unique for ever: readers deduplicate on it."},
            "ce_source": {**text, "description": "The service."},
            "ce_type": {"const": event_type},
            "ce_time": {**text, "format": "date-time"},
            "ce_subject": {**text, "description": "The record's key."},
            "content-type": {"const": "application/json"},
            "traceparent": {**text, "description": "W3C trace context: of the request that began it all."},
        },
    }


def _dead_letter() -> Document:
    text = {"type": "string"}
    return {
        "name": DEAD_LETTER,
        "title": "Dead letter",
        "summary": "The original record, byte for byte, whatever it is. More headers say what became of it.",
        "headers": {
            "type": "object",
            "required": ["dlq-group", "dlq-reason", "dlq-attempts", "dlq-at", "dlq-origin"],
            "properties": {
                "dlq-group": {**text, "description": "The group that gave it up."},
                "dlq-reason": {**text, "description": "Why; never with values of the event."},
                "dlq-attempts": {**text, "description": "How often it was tried."},
                "dlq-at": {**text, "format": "date-time"},
                "dlq-origin": {**text, "description": "topic/partition/offset of the original."},
            },
        },
    }


def _schemas(types: Iterable[str]) -> Document:
    """The types' schemas, and the parts that they share."""
    found: Document = {}
    for name in types:
        schema = REGISTRY[name].model_json_schema(by_alias=True, mode="serialization")
        for part, inner in {**schema.pop("$defs", {}), _title(name): schema}.items():
            if found.setdefault(part, inner) != inner:
                raise ValueError(f"two parts of events are called {part}: name one otherwise")
    text = json.dumps(found).replace('"#/$defs/', '"#/components/schemas/')
    moved: Document = json.loads(text)
    return moved


def _title(event_type: str) -> str:
    return REGISTRY[event_type].__name__


def _id(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _ref(*way: str) -> Document:
    return {"$ref": "/".join(("#", *way))}
