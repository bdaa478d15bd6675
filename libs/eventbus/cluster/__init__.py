"""The Kafka cluster: how it is reached, which topics it must have, where its logs end."""
