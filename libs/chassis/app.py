"""Everything that a service needs to serve HTTP, imported from one place."""

from __future__ import annotations

from chassis.http.documents import as_json, json_response
from chassis.http.factory import Lifespan, create_app
from chassis.http.health import Check
from chassis.http.limits import BODY_LIMIT, WEBHOOK_BODY_LIMIT
from chassis.http.lists import Moment, PlainText, known_filters, no_cursor, read_cursor, read_place, write_cursor
from chassis.http.models import Body, InternalBody, Out, Page, Prose, Words
from chassis.http.openapi import conditions
from chassis.http.problems import ErrorPage, problem_response, require_content_type

__all__ = [
    "BODY_LIMIT",
    "WEBHOOK_BODY_LIMIT",
    "Body",
    "Check",
    "ErrorPage",
    "InternalBody",
    "Lifespan",
    "Moment",
    "Out",
    "Page",
    "PlainText",
    "Prose",
    "Words",
    "as_json",
    "conditions",
    "create_app",
    "json_response",
    "known_filters",
    "no_cursor",
    "problem_response",
    "read_cursor",
    "read_place",
    "require_content_type",
    "write_cursor",
]
