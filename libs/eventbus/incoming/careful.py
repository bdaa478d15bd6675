"""Reads around records that the client library can't read (E-5).

A batch with an unknown codec, broken bytes, or a header name that isn't UTF-8 makes the client raise on every poll and
lose the fetched records of other partitions. Then this module reads each partition again, one record at a time. It
hands on the records that can be read, and reports a partition whose next record can't be read to the `Reader`, which
stops the partition or skips the record.
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

from chassis.cancelling import to_the_end
from chassis.telemetry import get_logger
from eventbus.cluster.kafka import MAX_DEAD_LETTER_BYTES, KafkaConnection, connected

log = get_logger()

Batches = dict[TopicPartition, list[Any]]

_UNREADABLE = (CorruptRecordException, UnsupportedCodecError)
# Longer than the broker delays an empty response: a fetch after a seek waits for the one under way.
_FETCH_MS = 2_000
_LOOK_SECONDS = 5.0
_AT_ONCE = 500


class Reader(Protocol):
    """Gets the batches, and knows the position in each partition."""

    def places(self) -> Mapping[TopicPartition, int]:
        """The next offset of each partition that is read."""

    async def cannot_read(self, partition: TopicPartition, offset: int, reason: str) -> None:
        """Called when the record at `offset` can't be read: stops the partition, or seeks past the record."""

    async def fell_off(self) -> None:
        """Called when the log lacks the next record of a partition, or the client has no position for it."""


class CarefulPolls:
    """Replaces the client's `getmany`, the one call through which records reach the reader."""

    def __init__(self, client: AIOKafkaConsumer, reader: Reader) -> None:
        self._client = client
        self._reader = reader
        self._poll = client.getmany

    def install(self) -> None:
        """Replaces the client's `getmany`."""
        self._client.getmany = self.getmany

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> Batches:
        """Polls as the client does, and record by record after an error about a record."""
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
    """Whether the error says nothing about a record: an outage, or the client's stop."""
    return isinstance(error, ConsumerStoppedError) or (
        isinstance(error, KafkaError) and not isinstance(error, _UNREADABLE)
    )


async def last_of_batch(connection: KafkaConnection, partition: TopicPartition, offset: int) -> int:
    """The last offset of the batch that holds the record at `offset`.

    The batch's header can be read when its records can't. Returns `offset` itself when not even that works.
    """
    client = AIOKafkaClient(**connection.client_options())
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            await connected(client.bootstrap())
            return await _last_of_batch(client, partition, offset)
    except Exception as error:  # noqa: BLE001 then the record alone is passed over, and its neighbour found next
        log.warning("streams_unavailable", reason=type(error).__name__)
        return offset
    finally:
        await to_the_end(client.close())


async def _last_of_batch(client: AIOKafkaClient, partition: TopicPartition, offset: int) -> int:
    await client.set_topics([partition.topic])
    place = [(partition.topic, [(partition.partition, offset, MAX_DEAD_LETTER_BYTES)])]
    request = FetchRequest(_FETCH_MS, 1, MAX_DEAD_LETTER_BYTES, 0, place)
    response = await client.send(client.cluster.leader_for_partition(partition), request)
    ((_, ((_, _, _, *rest),)),) = response.topics
    batch = MemoryRecords(rest[-1]).next_batch()
    return max(offset, int(batch.next_offset) - 1)
