"""What is known of a customer, what is wrong with it, and the command that mends it (R-3)."""

from __future__ import annotations
