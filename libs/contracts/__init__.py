"""The event contract as documents (E-8): who writes and reads each type, AsyncAPI, tables for people, golden records.

The types themselves are `libs/events`; `exchange.json` is what `make schemas` found in the four services.
"""

from __future__ import annotations

from contracts.asyncapi import asyncapi_document, asyncapi_text
from contracts.exchange import Exchange, Kind, Reading, load_exchange
from contracts.fields import Field, fields_of
from contracts.index import Chapter, Entry, chapters
from contracts.records import Golden, golden_records

__all__ = [
    "Chapter",
    "Entry",
    "Exchange",
    "Field",
    "Golden",
    "Kind",
    "Reading",
    "asyncapi_document",
    "asyncapi_text",
    "chapters",
    "fields_of",
    "golden_records",
    "load_exchange",
]
