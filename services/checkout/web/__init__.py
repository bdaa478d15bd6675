"""The buyer's pages: server-rendered, usable without JavaScript, better with it (W-1, W-3).

Pages call the rooms' use cases and read their values; view functions turn those into what a template shows.
"""

from __future__ import annotations
