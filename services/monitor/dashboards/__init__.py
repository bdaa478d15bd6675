"""Boards for people who watch (M-11): a folder for each, with its domain, its panels, its page and its API.

What boards share lies beside them: the layout, and how figures are written. A second board is a second folder with its
router in `app.py` and its deps in `wiring.py`.
"""

from __future__ import annotations
