"""What a service needs for answering over HTTP, in one place."""

from __future__ import annotations

from chassis.http.factory import Lifespan, create_app
from chassis.http.health import Check
from chassis.http.limits import BODY_LIMIT, WEBHOOK_BODY_LIMIT
from chassis.http.problems import ErrorPage, problem_response, require_content_type

__all__ = [
    "BODY_LIMIT",
    "WEBHOOK_BODY_LIMIT",
    "Check",
    "ErrorPage",
    "Lifespan",
    "create_app",
    "problem_response",
    "require_content_type",
]
