"""What the person at the keyboard sees while something takes time."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def step(title: str) -> Iterator[None]:
    """`title`, and how long it took: on a terminal the line appears at once, elsewhere when it is done."""
    began = time.monotonic()
    if sys.stdout.isatty():
        print(f"  … {title}", end="", flush=True)
    yield
    lead = "\r" if sys.stdout.isatty() else ""
    print(f"{lead}  ✓ {title:<46}{time.monotonic() - began:6.1f} s", flush=True)


def table(rows: Sequence[tuple[str, ...]]) -> None:
    """Columns as wide as they need to be."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
