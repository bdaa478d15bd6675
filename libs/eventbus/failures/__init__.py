"""Events that could not be processed: dead letters, and subscriptions and partitions that stop until a person acts."""
