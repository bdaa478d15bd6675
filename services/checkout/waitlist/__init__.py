"""Buyers who wait for seats: inventory keeps the line, checkout is where they meet it (I-10)."""
