"""What looks for differences: each by itself, a page at a time, and none knows what the others have found."""

from __future__ import annotations
