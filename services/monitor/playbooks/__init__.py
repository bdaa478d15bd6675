"""The playbooks as pages (O-3)."""
