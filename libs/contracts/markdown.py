"""Writes docs/events/README.md: the contract as one page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from contracts.exchange import SERVICES, Exchange, Kind, Reading
from contracts.index import Chapter, Entry, chapters

_HEAD = """# Events

Written by `make schemas` from `libs/events` and from what the four services subscribe to; a test fails when it is
stale. The same page, with every field, is served at `/docs/events`, beside an AsyncAPI 3 document for each service:
{documents}.

A record is a CloudEvent 1.0 in Kafka's binary mode: `ce_id` (a UUIDv7, unique for ever: readers deduplicate on it),
`ce_source`, `ce_type`, `ce_specversion`, `ce_time`, `ce_subject` and `content-type` are headers, `traceparent` (W3C)
too, and the value is JSON. Readers ignore fields they don't know. The key is the aggregate's id: its events keep their
order.

A group that gave a record up writes it, byte for byte, to `TOPIC.dlq`, with headers that say which group, why, how
often, when and where it came from. Besides the groups below, `GET /api/stream` and `fullhouse stream tail` read all
topics without a group; what they print has every personal and secret field masked.

## What may change
"""


def index_text(exchange: Exchange, *, compatible: Iterable[str], rules: Iterable[str]) -> str:
    """The page. `compatible`: changes that are allowed; `rules`: what all other changes violate."""
    documents = ", ".join(f"[{service}](asyncapi-{service}.yaml)" for service in SERVICES)
    lines = [
        _HEAD.format(documents=documents),
        *_bullets("A type changes compatibly by", compatible),
        *_bullets("Anything else is a new version, published beside the old one until no one reads that:", rules),
        "## Groups\n",
        *_table(("group", "service", "new, it begins at", "reads"), (_group(each) for each in exchange.readings)),
        "",
    ]
    for chapter in chapters(exchange):
        lines += _chapter(chapter)
    return "\n".join(lines)


def _bullets(head: str, items: Iterable[str]) -> list[str]:
    return [head, "", *(f"- {item}" for item in items), ""]


def _group(reading: Reading) -> tuple[str, ...]:
    name = reading.name if reading.kind is Kind.EFFECT else f"{reading.name} (a view: every process, no group)"
    start = "the beginning" if reading.start == "beginning" else "now"
    return name, reading.service, start, ", ".join(f"`{topic}`" for topic in reading.topics)


def _chapter(chapter: Chapter) -> Iterator[str]:
    yield f"## {', '.join(f'`{topic}`' for topic in chapter.topics)}\n"
    writers = "every service" if len(chapter.may_write) == len(SERVICES) else " and ".join(chapter.may_write)
    yield f"Key: {chapter.key}. Written by {writers}. Kept: {chapter.keeps}.\n"
    yield from _table(("event", "written by", "read by", "personal or secret"), map(_row, chapter.entries))
    yield ""


def _row(entry: Entry) -> tuple[str, ...]:
    marked = ", ".join(f"`{field.path}`" for field in entry.marked)
    readers = ", ".join(entry.reader_names)
    return f"`{entry.type}`", ", ".join(entry.writers) or "nobody yet", readers or "nobody yet", marked or "–"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
