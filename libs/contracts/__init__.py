"""Documents about the events (E-8): writers and readers of each type, AsyncAPI, tables for people, golden records.

The types themselves are in `libs/events`; `make schemas` finds what the four services write and read, and stores it in
`exchange.json`.
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
