"""What a batch from the client is worth: it may have been fetched before a rewind, a seek or a rebalance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition

from eventbus.incoming.records import KafkaRecord

Expected = Mapping[TopicPartition, int]


def current(delivered: Sequence[KafkaRecord], expected: Expected) -> list[KafkaRecord]:
    """Leaves out records behind our position, and those of partitions that aren't ours now."""
    return [
        record
        for record in delivered
        if (next_offset := expected.get(place_of(record))) is not None and record.offset >= next_offset
    ]


class Gaps:
    """A batch that begins behind the next record was fetched before a rewind: going on would skip some.

    The same gap twice is a real one (compaction removed records) and is accepted.
    """

    def __init__(self) -> None:
        self._seen: dict[TopicPartition, int] = {}

    def new(self, records: Sequence[KafkaRecord], expected: Expected) -> bool:
        firsts: dict[TopicPartition, int] = {}
        for record in records:
            firsts.setdefault(place_of(record), record.offset)
        gaps = {
            partition: offset
            for partition, offset in firsts.items()
            if offset > expected[partition] and self._seen.get(partition) != offset
        }
        self._seen.update(gaps)
        return bool(gaps)


def place_of(record: KafkaRecord) -> TopicPartition:
    return TopicPartition(record.topic, record.partition)
