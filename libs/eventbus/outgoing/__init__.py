"""From a committed change to Kafka: outbox, relay and lease; and facts, which may be lost."""
