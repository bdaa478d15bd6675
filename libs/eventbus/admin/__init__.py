"""The admin API that each service has: letters, subscriptions, refused events, archive, audit, looks inside.

Every service mounts the router; `request.app.state.bus` is its bus. Viewers read, operators act. Each act is written
to the audit table with the person's e-mail, in the act's own transaction.
"""

from __future__ import annotations

from eventbus.admin.api import admin_router
from eventbus.admin.job_routes import desk_of, internal_router, job_desk

__all__ = ["admin_router", "desk_of", "internal_router", "job_desk"]
