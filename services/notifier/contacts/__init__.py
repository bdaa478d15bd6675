"""Who is reached by what, and who must not be written to, and why (N-8, N-15)."""

from __future__ import annotations
