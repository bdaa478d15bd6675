"""The record of what people did by hand: rows that are only ever added, in the transaction of the deed.

A room names its actions in an enum of its own and its targets as `kind:id`; it adds one row a deed with `record`, or
one row a target with `record_each`.
"""

from __future__ import annotations

from chassis.audit.domain import AuditEntry, target
from chassis.audit.store import of_target, record, record_each

__all__ = ["AuditEntry", "of_target", "record", "record_each", "target"]
