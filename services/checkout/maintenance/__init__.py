"""Maintenance: new purchases pause with a reason, while what was begun goes on (C-8)."""
