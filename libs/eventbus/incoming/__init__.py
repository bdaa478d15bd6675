"""From Kafka to effects and views: subscriptions, consumers, the inbox, positions in our own database."""
