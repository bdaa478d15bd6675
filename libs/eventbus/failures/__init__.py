"""What could not be worked: dead letters, and subscriptions and partitions that stand still until a person acts."""
