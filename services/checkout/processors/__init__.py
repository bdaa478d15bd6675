"""External processors: what one does for a provider's own account, by the credentials of a connection (P-4)."""

from __future__ import annotations
