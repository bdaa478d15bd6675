"""Who waits for seats, and to whom those that come back are offered (I-10)."""
