"""From a committed change to Kafka: outbox, relay, lease, and facts that may be lost."""
