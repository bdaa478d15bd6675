"""What the daily look ends with when something is not in order; its kind stands in the list of jobs."""

from __future__ import annotations


class AnalyticsDiffer(Exception):  # noqa: N818 a condition
    """`fullhouse analytics verify` says where analytics and ledgers differ."""
