"""Parses YAML with line numbers, and only its plain part.

`true` and `false` are the only booleans, times and `9:30` stay text (YAML 1.1 reads the latter as the number 570), a
key may stand only once, and there are no tags or anchors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from config.errors import ConfigError, Finding

Place = tuple[str | int, ...]

_RESOLVERS: Final = (
    ("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), "tf"),
    ("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9_]*)$"), "-+0123456789"),
    ("tag:yaml.org,2002:float", re.compile(r"^[-+]?(?:0|[1-9][0-9_]*)\.[0-9]+$"), "-+0123456789"),
    ("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""]),
)


class _PlainLoader(yaml.CSafeLoader):
    """PyYAML's safe loader over libyaml, which is ten times as fast, with our own, smaller set of implicit types."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012 PyYAML's own class attribute, replaced on purpose


for _tag, _form, _first in _RESOLVERS:
    _PlainLoader.add_implicit_resolver(_tag, _form, list(_first))


_PLAIN_TAGS: Final = frozenset({"tag:yaml.org,2002:str", *(tag for tag, _, _ in _RESOLVERS)})


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a file.

    file: its name, for findings
    content: its values
    lines: the line on which each place begins, counted from 1
    """

    file: str
    content: dict[str, Any]
    lines: Mapping[Place, int]

    def line_of(self, place: Place) -> int | None:
        """The line of a place, or of the nearest place around it that is in the file."""
        for length in range(len(place), -1, -1):
            if line := self.lines.get(place[:length]):
                return line
        return None


def read_document(path: Path) -> Document:
    """The document of a file; raises ConfigError for one that isn't a YAML mapping."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError([Finding(path.name, None, "", f"can't be read: {error.strerror}")]) from None
    except UnicodeDecodeError:
        raise ConfigError([Finding(path.name, None, "", "is not text in UTF-8; save it as UTF-8")]) from None
    return parse_document(path.name, text)


def parse_document(file: str, text: str) -> Document:
    """The document of a text; `file` is the name for findings. Raises ConfigError as `read_document`."""
    try:
        return _parse(file, text)
    except yaml.MarkedYAMLError as error:
        raise ConfigError([_syntax_finding(file, error)]) from None
    except yaml.reader.ReaderError as error:
        line = text.encode().count(b"\n", 0, error.position) + 1
        raise ConfigError([Finding(file, line, "", "holds a control character; remove it")]) from None


def _parse(file: str, text: str) -> Document:
    loader = _PlainLoader(text)
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise ConfigError([Finding(file, 1, "", "must be a mapping of settings; it is empty or something else")])
        walk = _Walk(file, loader)
        content = walk.mapping(node, ())
    finally:
        loader.dispose()
    if walk.findings:
        raise ConfigError(walk.findings)
    return Document(file, content, walk.lines)


def _syntax_finding(file: str, error: yaml.MarkedYAMLError) -> Finding:
    mark = error.problem_mark or error.context_mark
    words = "can't be read from here on: look for a bracket or a quote that is not closed, or a wrong indentation"
    return Finding(file, mark.line + 1 if mark else None, "", words)


class _Walk:
    """Turns YAML nodes into values, and notes their lines."""

    def __init__(self, file: str, loader: _PlainLoader) -> None:
        self._file = file
        self._loader = loader
        self.lines: dict[Place, int] = {}
        self.findings: list[Finding] = []

    def mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        self.lines.setdefault(place, node.start_mark.line + 1)
        content: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            inner = (*place, key)
            if key in content:
                self._find(key_node, inner, "stands here a second time; keep one of them")
                continue
            self.lines[inner] = key_node.start_mark.line + 1
            content[key] = self._value(value_node, inner)
        return content

    def _value(self, node: yaml.Node, place: Place) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._item(item, (*place, at)) for at, item in enumerate(node.value)]
        if node.tag not in _PLAIN_TAGS:
            self._find(node, place, f"has the tag {node.tag}; write a plain value")
            return None
        try:
            return self._loader.construct_object(node)
        except ValueError:  # `!!int many`
            self._find(node, place, f"is not of the kind that its tag {node.tag} says; write it without a tag")
            return None

    def _item(self, node: yaml.Node, place: Place) -> Any:
        self.lines[place] = node.start_mark.line + 1
        return self._value(node, place)

    def _find(self, node: yaml.Node, place: Place, message: str) -> None:
        self.findings.append(Finding(self._file, node.start_mark.line + 1, dotted(place), message))


def dotted(place: Place) -> str:
    """The place as text: `cities.dallas-jan-2027.tiers.ga.includes[2]`."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")
