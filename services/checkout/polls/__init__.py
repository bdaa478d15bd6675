"""What processors have not told by webhooks is asked for: a page of their lists at a time, by itself and by people."""

from __future__ import annotations
