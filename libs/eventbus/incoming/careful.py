"""Reading around records that the client library itself can't read (E-5).

A batch of another codec, of broken bytes, or with a header's name that is no text makes the client raise, on every
poll, and forget the records of other partitions that it had in its hands. Then everything is read again partition by
partition, a record at a time: what can be read is handed on, and a partition whose next record can't is reported with
the place, for its reader to stop it there or to pass it over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    ConsumerStoppedError,
    CorruptRecordException,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    UnsupportedCodecError,
)
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.memory_records import MemoryRecords

from chassis.telemetry import get_logger
from eventbus.cluster.kafka import MAX_DEAD_LETTER_BYTES, KafkaConnection

log = get_logger()

Batches = dict[TopicPartition, list[Any]]

_UNREADABLE = (CorruptRecordException, UnsupportedCodecError)
# Longer than the broker keeps an empty answer back: a fetch under way holds up the one after a seek.
_FETCH_MS = 1_000
_LOOK_SECONDS = 5.0
_AT_ONCE = 500


class Reader(Protocol):
    """Whoever gets the batches and knows where they must go on."""

    def places(self) -> Mapping[TopicPartition, int]:
        """The next record of each partition that is being read."""

    async def cannot_read(self, partition: TopicPartition, offset: int, reason: str) -> None:
        """The record there can't be read: stop the partition, or seek behind it."""

    async def fell_off(self) -> None:
        """The log hasn't the next record of a partition, or the client has no place for it."""


class CarefulPolls:
    """Stands in for the client's `getmany`, which is all that is called between it and the reader."""

    def __init__(self, client: AIOKafkaConsumer, reader: Reader) -> None:
        self._client = client
        self._reader = reader
        self._poll = client.getmany

    def install(self) -> None:
        self._client.getmany = self.getmany

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> Batches:
        try:
            polled: Batches = await self._poll(*partitions, timeout_ms=timeout_ms, max_records=max_records)
        except (OffsetOutOfRangeError, NoOffsetForPartitionError):
            await self._reader.fell_off()
            return {}
        except Exception as error:
            if _passes(error):
                raise
            return await self._carefully(max_records or _AT_ONCE)
        return polled

    async def _carefully(self, limit: int) -> Batches:
        found: Batches = {}
        for partition, place in self._reader.places().items():
            self._client.seek(partition, place)
        for partition, place in self._reader.places().items():
            high = self._client.highwater(partition)
            if high is None or high <= place:
                continue
            records, error = await self._singly(partition, limit)
            if records:
                found[partition] = records
            elif error is not None:
                await self._reader.cannot_read(partition, place, f"{type(error).__name__}: {error}")
        return found

    async def _singly(self, partition: TopicPartition, limit: int) -> tuple[list[Any], Exception | None]:
        records: list[Any] = []
        while len(records) < limit:
            try:
                polled: Batches = await self._poll(partition, timeout_ms=0 if records else _FETCH_MS, max_records=1)
            except Exception as error:
                if _passes(error):
                    raise
                return records, error
            if not polled:
                break
            records += polled[partition]
        return records, None


def _passes(error: Exception) -> bool:
    """What says nothing about a record: an outage, or the end."""
    return isinstance(error, ConsumerStoppedError) or (
        isinstance(error, KafkaError) and not isinstance(error, _UNREADABLE)
    )


async def last_of_batch(connection: KafkaConnection, partition: TopicPartition, offset: int) -> int:
    """The last offset of the batch that holds the record: its head can be read when the rest can't."""
    client = AIOKafkaClient(**connection.client_options())
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            await client.bootstrap()
            return await _last_of_batch(client, partition, offset)
    except Exception as error:  # noqa: BLE001 then the record alone is passed over, and its neighbour found next
        log.warning("streams_unavailable", reason=type(error).__name__)
        return offset
    finally:
        await client.close()


async def _last_of_batch(client: AIOKafkaClient, partition: TopicPartition, offset: int) -> int:
    await client.set_topics([partition.topic])
    place = [(partition.topic, [(partition.partition, offset, MAX_DEAD_LETTER_BYTES)])]
    request = FetchRequest(_FETCH_MS, 1, MAX_DEAD_LETTER_BYTES, 0, place)
    response = await client.send(client.cluster.leader_for_partition(partition), request)
    ((_, ((_, _, _, *rest),)),) = response.topics
    batch = MemoryRecords(rest[-1]).next_batch()
    return max(offset, int(batch.next_offset) - 1)
