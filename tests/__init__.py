"""Named, since a library of the tests brings a package `tests` of its own: this one comes first on the path."""

from __future__ import annotations
