"""What mends a difference: through the use case that would have done it in time, so that it is done once."""

from __future__ import annotations
