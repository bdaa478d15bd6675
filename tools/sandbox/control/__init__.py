"""The control API (S-4): what checkers, tests and the control page do to the sandbox."""

from __future__ import annotations
