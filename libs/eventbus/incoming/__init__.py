"""From Kafka to effects and views: subscriptions, consumers, the inbox, and offsets in the service's own database."""
