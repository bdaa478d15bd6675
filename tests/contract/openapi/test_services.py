"""What the OpenAPI documents promise, tried from outside with made-up requests, good and bad, of all roles (C-13)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.result import Ok

from chassis.keys import SigningKey
from chassis.tokens import Role, TokenSigner
from tests.fixtures.cities import CONTRACT
from tests.fixtures.stack import WholeStack

pytestmark = pytest.mark.proves("C-12", "C-13")

Operation = APIOperation[Any, Any, Any, Any]
SEED = 20261121
SERVICES = ("checkout", "inventory", "notifier", "monitor")
ENDLESS = "/api/stream"
# Each request is of one role: half of them of an admin's, who gets furthest.
EXAMPLES = 4
NOBODY = "nobody"
STRANGERS = (NOBODY, Role.PROVIDER)
LADDER = (Role.VIEWER, Role.OPERATOR, Role.ADMIN)
CALLERS = st.one_of(st.just(Role.ADMIN), st.sampled_from((*STRANGERS, *LADDER)))
PROBLEM = "application/problem+json"


class Outside:
    """Sends cases through the gateway, as people of all roles, and judges the answers by the document."""

    def __init__(self, stack: WholeStack, service: str) -> None:
        self._base = stack.gateway_url
        self._headers: dict[str, dict[str, str]] = {NOBODY: {}, **{role: bearer(stack, role) for role in Role}}
        self.callers: set[str] = set()
        self._schema = schemathesis.openapi.from_url(f"{self._base}/api/{service}/openapi.json")
        self._codes = {row["code"]: row["status"] for row in self._schema.raw_schema["x-error-codes"]}

    def operations(self) -> Iterator[Operation]:
        """Those whose answer has an end."""
        for found in self._schema.get_all_operations():
            assert isinstance(found, Ok), found
            operation = found.ok()
            if operation.path != ENDLESS:
                yield operation

    def judge(self, case: Case[Any], caller: str) -> None:
        self.callers.add(caller)
        if isinstance(case.body, dict):
            case.body = kept_apart(case.body) | looked_shortly(case.path, case.body)
        answer = case.call(base_url=self._base, headers=self._headers[caller], timeout=20)
        told = f"{caller}, seed {SEED}: {case.as_curl_command()} → {answer.status_code} {answer.text[:300]}"
        operation = case.operation.definition.raw
        assert answer.status_code < 500, told
        if answer.status_code < 400:
            assert str(answer.status_code) in operation["responses"], told
            assert caller not in STRANGERS or "security" not in operation, told
            return
        assert answer.headers["content-type"] == [PROBLEM], told
        assert self._codes[json.loads(answer.text)["code"]] == answer.status_code, told


def bearer(stack: WholeStack, role: Role) -> dict[str, str]:
    provider = "p1" if role is Role.PROVIDER else None
    signer = TokenSigner(SigningKey.parse(stack.value("AUTH_SIGNING_KEY")))
    signed = signer.issue(role, email=f"{role}@example.com", role=role, provider=provider)
    return {"Authorization": f"Bearer {signed}"}


def kept_apart(body: dict[str, Any]) -> dict[str, Any]:
    """A city of its own, and alerts that let those of other tests go first."""
    city = {"cityId": CONTRACT} if isinstance(body.get("cityId"), str) else {}
    severity = {"severity": "low"} if body.get("severity") in ("critical", "high", "medium") else {}
    return {**body, **city, **severity}


def looked_shortly(path: str, body: dict[str, Any]) -> dict[str, int]:
    """A second instead of ten, where a process is looked at for a while."""
    return {"seconds": 1} if "/debug/" in path and type(body.get("seconds", 1)) is int else {}


@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_is_one_that_the_document_names(stocked: WholeStack, service: str) -> None:
    outside = Outside(stocked, service)
    tried = [try_out(outside, operation) for operation in outside.operations()]
    assert len(tried) >= 3
    assert outside.callers == {NOBODY, *Role}


def try_out(outside: Outside, operation: Operation) -> str:
    """The same requests in every run."""
    modes = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(modes), caller=CALLERS)
    def run(case: Case[Any], caller: str) -> None:
        outside.judge(case, caller)

    run()
    return operation.label
