"""Records as anybody might write them, straight to Kafka."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aiokafka import AIOKafkaProducer

from chassis.clock import SystemClock
from chassis.ids import uuid7
from eventbus.cluster.kafka import MAX_REQUEST_BYTES
from eventbus.incoming.records import RawHeaders
from events import Envelope, event_json
from tests.integration.eventbus import ledger
from tests.integration.eventbus.harness import Bench

GOOD = ledger.fact("foreign")
KIND = GOOD.type


@dataclass(frozen=True, slots=True)
class Foreign:
    """A record as somebody might write it: ours, but for what a case changes."""

    headers: RawHeaders
    key: bytes | None = GOOD.key.encode()
    value: bytes | None = event_json(GOOD)

    def with_header(self, name: str, value: bytes | None) -> Foreign:
        return replace(self, headers=tuple((n, value if n == name else v) for n, v in self.headers))

    def without_header(self, name: str) -> Foreign:
        return replace(self, headers=tuple((n, v) for n, v in self.headers if n != name))

    def with_more(self, *more: tuple[str, bytes | None]) -> Foreign:
        return replace(self, headers=(*self.headers, *more))


def ours(name: str = "foreign") -> Foreign:
    envelope = Envelope(id=uuid7(), source="test", type=KIND, time=SystemClock().now(), subject=GOOD.key)
    return Foreign(headers=envelope.headers(), value=event_json(ledger.fact(name)))


async def send(bench: Bench, *foreign: Foreign, partition: int | None = None) -> None:
    producer = AIOKafkaProducer(**bench.connection.client_options(), max_request_size=MAX_REQUEST_BYTES * 2)
    await producer.start()
    for record in foreign:
        await producer.send_and_wait(
            bench.connection.prefixed("payments"),
            record.value,
            key=record.key,
            headers=list(record.headers),
            partition=partition,
        )
    await producer.stop()
