"""Answers that acknowledge an alert: a reply by SMS, a link, a button, PagerDuty's own (N-13)."""

from __future__ import annotations
