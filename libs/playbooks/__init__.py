"""What on-call people do about each kind of trouble: the pages of docs/playbooks, as the installed package has them.

    playbooks()["job-failed"].text

They are read from the disk alone, so that they can be read while everything else is down.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

HOME: Final = "/docs/playbooks"
# In the installed package, else in the repository.
_FOLDERS: Final = (Path(__file__).parent / "pages", Path(__file__).parents[2] / "docs" / "playbooks")
_FORM: Final = re.compile(r"\A(?:---\nvendors: ([a-z, ]+)\n---\n+)?(# ([^\n]+)\n.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """A page.

    name: the file's, as alert rules name it: `job-failed`
    title: the trouble, as a sentence
    vendors: whose help may be needed, as `vendors.yaml` names them
    text: the page in Markdown; its last part says whom to call
    """

    name: str
    title: str
    vendors: tuple[str, ...]
    text: str


@cache
def playbooks() -> Mapping[str, Playbook]:
    """All of them, by name."""
    folder = next(filter(Path.is_dir, _FOLDERS))
    return MappingProxyType({path.stem: _read(path) for path in sorted(folder.glob("*.md"))})


def playbook_at(link: str) -> Playbook | None:
    """The one that a rule's link leads to: `/docs/playbooks/job-failed`; None for a page elsewhere."""
    folder, _, name = link.rpartition("/")
    return playbooks().get(name) if folder == HOME else None


def _read(path: Path) -> Playbook:
    found = _FORM.match(path.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{path.name} must begin with its title")
    vendors = tuple(word.strip() for word in (found[1] or "").split(",") if word.strip())
    return Playbook(name=path.stem, title=found[3], vendors=vendors, text=found[2])
