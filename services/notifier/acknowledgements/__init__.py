"""People acknowledge alerts here: by a reply to an SMS, a link, a button, or in PagerDuty (N-13)."""

from __future__ import annotations
