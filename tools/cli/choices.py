"""Words that a person may choose from. Checked inside the commands: the types come from packages slow to import."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cli.errors import UsageError

if TYPE_CHECKING:
    from chassis.tokens import Role
    from events import Topic

ROLES: Final = "viewer|operator|admin|provider"


def role_named(text: str) -> Role:
    from chassis.tokens import Role

    try:
        return Role(text.lower())
    except ValueError:
        raise UsageError(f"There is no role “{text}”: write one of {ROLES}.") from None


def topics_named(names: Sequence[str]) -> list[Topic]:
    """The topics; all of them when none is named."""
    from events import Topic

    unknown = sorted(set(names) - set(Topic))
    if unknown:
        raise UsageError(f"There is no topic “{unknown[0]}”: write one of {', '.join(Topic)}.")
    return [Topic(name) for name in names] or list(Topic)
