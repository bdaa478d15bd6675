"""Who may sign in, with which role (C-12): users, sessions, and the tokens that all services check."""

from __future__ import annotations
