"""What people do with the bus of one service, over HTTP: dead letters, subscriptions, the archive.

One router that every service mounts; `request.app.state.bus` is its bus. Viewers read, operators act, and each act is
written down with who did it, in its own transaction.
"""

from __future__ import annotations

from eventbus.admin.api import admin_router

__all__ = ["admin_router"]
