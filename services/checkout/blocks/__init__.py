"""Buyers who can buy nothing for a while: blocked by a rule of velocity or by a person, and let go by a person."""
