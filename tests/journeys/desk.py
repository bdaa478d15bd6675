"""A person's hands beside the pages: plain HTTP, with an answer whatever its status."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from tests.fixtures.stack import WholeStack


def ask(
    url: str, method: str = "GET", body: Mapping[str, Any] | None = None, *, token: str | None = None
) -> tuple[int, Any]:
    """Status and JSON."""
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, method=method, data=data, headers=headers)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)


def control(stack: WholeStack, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """The sandbox's control API."""
    status, content = ask(f"{stack.sandbox_url}/_sandbox/{path}", method, body)
    assert status < 300, content
    return content
