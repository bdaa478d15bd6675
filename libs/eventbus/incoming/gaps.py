"""Tells whether a batch still fits the position: it may have been fetched before a rewind, a seek or a rebalance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition

from eventbus.incoming.records import KafkaRecord

Expected = Mapping[TopicPartition, int]


def current(delivered: Sequence[KafkaRecord], expected: Expected) -> list[KafkaRecord]:
    """The records at or after our position, in partitions that are assigned now."""
    return [
        record
        for record in delivered
        if (next_offset := expected.get(_place_of(record))) is not None and record.offset >= next_offset
    ]


class Gaps:
    """Detects batches that begin after the next offset: they were fetched before a rewind, and would skip records.

    When the same gap comes twice it is real (compaction removed records), and is accepted.
    """

    def __init__(self) -> None:
        self._seen: dict[TopicPartition, int] = {}

    def new(self, records: Sequence[KafkaRecord], expected: Expected) -> bool:
        """Whether a partition's first record comes after its next offset, for the first time."""
        firsts: dict[TopicPartition, int] = {}
        for record in records:
            firsts.setdefault(_place_of(record), record.offset)
        gaps = {
            partition: offset
            for partition, offset in firsts.items()
            if offset > expected[partition] and self._seen.get(partition) != offset
        }
        self._seen.update(gaps)
        return bool(gaps)


def _place_of(record: KafkaRecord) -> TopicPartition:
    """The record's topic and partition. The client's names of partitions are pairs, and equal to a plain one, which
    is cheaper to make: this is asked for each record.
    """
    return (record.topic, record.partition)
