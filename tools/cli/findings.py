"""What services found out about themselves, as people read it: the doctor's signs, a sentence, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from cli.errors import EXIT_FAILED, EXIT_UNREAD

_SIGNS: Final = {"well": "✓", "note": "!", "wrong": "✗", "unread": "✗"}


def rows(findings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A finding with its sign, what was seen, and what to do about it."""
    from cli.services import plain

    width = max((len(each["subject"]) for each in findings), default=0)
    for each in findings:
        head = f"{_SIGNS[each['state']]} {each['subject']:<{width}}  "
        said = [f"NOT READ: {each['detail']}" if each["state"] == "unread" else each["detail"], *each["lines"]]
        said += [f"→ {each['remedy']}"] if each["remedy"] else []
        for number, line in enumerate(map(plain, said)):
            yield f"{'' if number else head:{len(head)}}{line}"


def exit_code(verdict: Mapping[str, Any]) -> int:
    """0: all is well; 1: something is wrong; 3, above both: something could not be looked at."""
    if verdict["unread"]:
        return EXIT_UNREAD
    return 0 if verdict["ok"] else EXIT_FAILED
