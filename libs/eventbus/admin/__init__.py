"""The bus's admin API of one service: dead letters, subscriptions, refused events and the archive.

Every service mounts the router; `request.app.state.bus` is its bus. Viewers read, operators act. Each act is written
to the audit table with the person's e-mail, in the act's own transaction.
"""

from __future__ import annotations

from eventbus.admin.api import admin_router

__all__ = ["admin_router"]
