"""How Kafka is reached, what it must have, and where its logs end."""
