"""Merges the Prometheus texts of several processes into one (M-4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Scraped:
    """What a process answered.

    service: whose process it is
    instance: its name
    text: its figures; None when it did not answer
    """

    service: str
    instance: str
    text: str | None


@dataclass(slots=True)
class _Family:
    heads: list[str] = field(default_factory=list)
    samples: list[str] = field(default_factory=list)


def merge(scraped: Iterable[Scraped], *, up: str, up_help: str) -> str:
    """Labels every sample with its service and instance, families kept together; the gauge `up` tells who answered."""
    families: dict[str, _Family] = {}
    answered = families.setdefault(up, _Family([f"# HELP {up} {up_help}", f"# TYPE {up} gauge"]))
    for each in scraped:
        labels = f'service="{_escaped(each.service)}",instance="{_escaped(each.instance)}"'
        answered.samples.append(f"{up}{{{labels}}} {0 if each.text is None else 1}.0")
        _add(families, each.text or "", labels, skip=up)
    lines = [line for family in families.values() for line in (*family.heads, *family.samples)]
    return "\n".join(lines) + "\n"


def _add(families: dict[str, _Family], text: str, labels: str, *, skip: str) -> None:
    family = _Family()
    for line in text.splitlines():
        if line.startswith(("# HELP ", "# TYPE ")):
            name = line.split(" ", 3)[2]
            family = families.setdefault(name, _Family()) if name != skip else _Family()
            if line not in family.heads and len(family.heads) < 2:
                family.heads.append(line)
        elif line and not line.startswith("#"):
            family.samples.append(_labelled(line, labels))


def _labelled(line: str, labels: str) -> str:
    name, brace, rest = line.partition("{")
    if brace and " " not in name:
        return f"{name}{{{labels}{'' if rest.startswith('}') else ','}{rest}"
    name, _, value = line.partition(" ")
    return f"{name}{{{labels}}} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
