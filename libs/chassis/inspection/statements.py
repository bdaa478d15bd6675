"""SQL as it may be shown: without the values that somebody wrote into it. Pure."""

from __future__ import annotations

import re
from typing import Final

# In the order in which they are tried. PostgreSQL cuts long statements, so that any of them may have no end.
_PARTS: Final = re.compile(
    r"""
      (?P<comment> --[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<name> "(?:[^"]|"")*(?:"|\Z) )
    | (?P<value>
          [eE]'(?:[^'\\]|\\.|'')*(?:'|\Z)
        | (?:[uU]&|[bBxXnN])?'(?:[^']|'')*(?:'|\Z)
        | \$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z)
        | (?<![\w$.])\d[\w.]*
      )
    """,
    re.VERBOSE | re.DOTALL,
)
_SPACE: Final = re.compile(r"\s+")


def without_values(sql: str) -> str:
    """The statement on one line, with `?` for each literal and without comments; parameters stay `$1`."""
    return _SPACE.sub(" ", _PARTS.sub(lambda found: found["name"] or ("" if found["comment"] else "?"), sql)).strip()
