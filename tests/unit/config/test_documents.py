from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from config.documents import dotted, parse_document, read_document
from config.errors import ConfigError

keys = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
leaves = st.integers(-1000, 1000) | st.booleans() | st.from_regex(r"[A-Za-z ]{1,12}", fullmatch=True).map(str.strip)
trees = st.dictionaries(
    keys,
    st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)),
    min_size=1,
    max_size=5,
)


def test_surprises_of_yaml_stay_text() -> None:
    text = "a: 9:30\nb: yes\nc: on\nd: 2027-01-23\ne: 010\nf: 0x10\ng: 1e3\nh: true\ni: 12\nj: 1.5\nk: ~\nl:\n"
    content = parse_document("x.yaml", text).content
    assert content == {
        "a": "9:30",
        "b": "yes",
        "c": "on",
        "d": "2027-01-23",
        "e": "010",
        "f": "0x10",
        "g": "1e3",
        "h": True,
        "i": 12,
        "j": 1.5,
        "k": None,
        "l": None,
    }


def test_lines_are_those_of_the_keys_and_items() -> None:
    document = parse_document("x.yaml", "a:\n  b: 1\n  c:\n    - x\n    - y\nd: {e: 2}\n")
    assert document.line_of(("a", "b")) == 2
    assert document.line_of(("a", "c", 1)) == 5
    assert document.line_of(("d", "e")) == 6
    assert document.line_of(("a", "missing", "deep")) == 1
    assert document.line_of(()) == 1


def test_places_read_like_paths() -> None:
    assert dotted(("a", "b", 2, "c")) == "a.b[2].c"


@pytest.mark.parametrize(
    "text",
    [
        "- a\n",
        "x",
        "a: b: c\n",
        "a: [1, 2\n",
        "a: *b\n",
        "\ta: 1\n",
        "a: 1\na: 2\n",
        "a: !x 1\n",
        "a: !!int b\n",
        "a: \x1f",
    ],
)
def test_what_is_no_plain_mapping_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as failed:
        parse_document("x.yaml", text)
    assert str(failed.value).startswith("x.yaml")


def test_the_line_of_a_control_character_is_told_behind_letters_of_any_alphabet() -> None:
    with pytest.raises(ConfigError) as failed:
        parse_document("x.yaml", "a: éééééééé\nb: \x1f\nc: 1\nd: 2\n")
    assert [finding.line for finding in failed.value.findings] == [2]


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a: \xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        read_document(path)


@given(trees)
def test_what_was_written_is_read_back_and_every_key_has_its_line(tree: dict[str, object]) -> None:
    text = yaml.safe_dump(tree, default_flow_style=False, sort_keys=False)
    document = parse_document("x.yaml", text)
    rows = text.splitlines()
    for place, line in document.lines.items():
        if place and isinstance(place[-1], str):
            assert f"{place[-1]}" in rows[line - 1]


@given(st.text(max_size=200))
def test_no_text_makes_anything_but_a_document_or_findings(text: str) -> None:
    with suppress(ConfigError):
        parse_document("x.yaml", text)
