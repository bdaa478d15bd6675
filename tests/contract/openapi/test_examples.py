"""All JSON that operations take and give has examples in the documents: each keeps its schema, and says no more."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from stack.layout import ROOT, SERVICES
from tests.fixtures.stack import WholeStack

pytestmark = pytest.mark.proves("C-13")

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Content:
    """A body of JSON that an operation takes or gives; `example` is None without one."""

    name: str
    schema: dict[str, Any]
    example: Any


def contents(document: dict[str, Any]) -> Iterator[Content]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            bodies = {"": operation.get("requestBody", {}), **operation["responses"]}
            for status, body in bodies.items():
                found = body.get("content", {}).get(JSON)
                if found and not status.startswith(("4", "5", "d")):
                    name = f"{method.upper()} {path} {status}".strip()
                    yield Content(name, found["schema"], found.get("example"))


def strictly(schema: Any) -> Any:
    """The same, where an object has no name that the schema doesn't know."""
    if isinstance(schema, list):
        return [strictly(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if isinstance(schema.get("properties"), dict) else {}
    return {**closed, **{name: strictly(each) for name, each in schema.items()}}


@pytest.mark.parametrize("service", SERVICES)
def test_operations_have_true_examples(stack: WholeStack, service: str) -> None:
    with urllib.request.urlopen(f"{stack.gateway_url}/api/{service}/openapi.json", timeout=20) as answer:  # noqa: S310
        document: dict[str, Any] = json.load(answer)
    found = list(contents(document))
    assert [each.name for each in found if each.example is None] == []
    for each in found:
        whole = strictly({**each.schema, "components": document["components"]})
        wrong = [error.message for error in Draft202012Validator(whole).iter_errors(each.example)]
        assert wrong == [], f"{each.name}: {wrong}"
    files = (json.loads(path.read_text()) for path in (ROOT / "services" / service / "examples").glob("*.json"))
    examples = [example for file in files for example in file.values()]
    assert len(found) == sum(("request" in example) + len(example["answers"]) for example in examples)
    assert all(all(row.values()) for row in document["x-error-codes"])
