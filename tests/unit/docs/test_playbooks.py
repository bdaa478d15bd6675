"""Each playbook has the same form and a rehearsal, its commands and vendors exist, and what leads to one finds it."""

from __future__ import annotations

import ast
import re
import shlex
from collections import defaultdict
from collections.abc import Mapping

import pytest
import yaml

import config
from cli.main import COMMANDS
from events import AlertKind
from playbooks import Playbook, playbooks
from stack.layout import ROOT
from stack.parts import ALL_PROGRAMS

CONFIG = config.load("deploy/config")
FORM = ["Symptoms", "Look", "Act", "Verify", "Why it happened", "Whom to call"]
# Their playbooks come with what settles them.
WITHOUT = {
    "consumer_lag",
    "events_refused",
    "invariant_broken",
}
MADE = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
COMPOSED = set(yaml.safe_load((ROOT / "deploy" / "compose" / "compose.yaml").read_text())["services"])
INLINE = re.compile(r"`((?:fullhouse|make|docker compose) [^`]+)`")
BLOCK = re.compile(r"^```\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def commands(text: str) -> list[list[str]]:
    return [shlex.split(line) for block in BLOCK.findall(text) for line in block.splitlines() if line.strip()]


def mentioned(text: str) -> list[list[str]]:
    """The commands within sentences."""
    return [shlex.split(words) for words in INLINE.findall(BLOCK.sub("", text))]


def exists(words: list[str]) -> bool:
    """Whether `fullhouse …` names a command with its options, and other programs something that is there."""
    if words[0] == "make":
        parts = {word.removeprefix("SERVICE=") for word in words[2:]}
        return words[1] in MADE and parts <= set(ALL_PROGRAMS)
    if words[:2] == ["docker", "compose"]:
        named = [word for word in words[3:] if not word.startswith("-")]
        # What follows the part of `run` is for the program in it.
        return set(named[:1] if words[2] == "run" else named) <= COMPOSED
    if words[0] != "fullhouse":
        return False
    command, rest = COMMANDS, words[1:]
    while rest and rest[0] in getattr(command, "commands", {}):
        command, rest = command.commands[rest[0]], rest[1:]  # type: ignore[attr-defined]
    known = {option for parameter in command.params for option in parameter.opts}
    return not hasattr(command, "commands") and all(word in known for word in rest if word.startswith("--"))


@pytest.mark.proves("O-3")
@pytest.mark.parametrize("playbook", playbooks().values(), ids=playbooks())
def test_a_playbook_has_the_form_and_commands_that_exist(playbook: Playbook) -> None:
    assert re.findall(r"^## (.+)$", playbook.text, re.MULTILINE) == FORM
    assert commands(playbook.text)
    assert [words for words in (*commands(playbook.text), *mentioned(playbook.text)) if not exists(words)] == []
    assert set(playbook.vendors) <= CONFIG.vendors.vendors.keys()


@pytest.mark.proves("O-3")
def test_a_rule_leads_to_a_playbook_that_is_there() -> None:
    named = {rule.runbook for rule in CONFIG.alert_rules.rules.values() if rule.runbook}
    assert named
    assert {name.rpartition("/")[2] for name in named if name.startswith("/")} <= playbooks().keys()


@pytest.mark.proves("O-3")
def test_a_rule_without_a_playbook_is_known_to_have_none() -> None:
    """A notice tells of what nobody need mend."""
    conditions = {name: rule for name, rule in CONFIG.alert_rules.rules.items() if rule.kind is AlertKind.CONDITION}
    assert {name for name, rule in conditions.items() if not rule.runbook} == WITHOUT


Function = ast.FunctionDef | ast.AsyncFunctionDef


def rehearsed() -> Mapping[str, set[str]]:
    """Of each playbook what its rehearsals do: `look`, `act`, `verify`, and commands within its sentences."""
    done: dict[str, set[str]] = defaultdict(set)
    texts = [path.read_text() for path in (ROOT / "tests").rglob("*.py")]
    for tree in (ast.parse(text) for text in texts if "import Rehearsal" in text):
        for function in (each for each in ast.walk(tree) if isinstance(each, Function)):
            for name in names_of(function):
                done[name] |= deeds_of(function)
    return done


def names_of(function: Function) -> set[str]:
    calls = [each for each in ast.walk(function) if isinstance(each, ast.Call)]
    made = [each for each in calls if isinstance(each.func, ast.Name) and each.func.id == "Rehearsal"]
    values = [keyword.value for each in made for keyword in each.keywords if keyword.arg == "name"]
    return {str(each.value) for each in values if isinstance(each, ast.Constant)}


def deeds_of(function: Function) -> set[str]:
    nodes = list(ast.walk(function))
    calls = [each for each in nodes if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute)]
    said = [each.args[0] for each in calls if each.func.attr == "aside"]  # type: ignore[attr-defined]
    return {each.attr for each in nodes if isinstance(each, ast.Attribute)} | {
        str(each.value) for each in said if isinstance(each, ast.Constant)
    }


REHEARSED = rehearsed()
# Whose sentences are rehearsed, too: what is done about providers' payments.
WHOLE = (
    "analytics-differ",
    "commission-failure",
    "credential-exposure",
    "payment-routing-failures",
    "processor-connection-failure",
    "second-charge",
)


@pytest.mark.proves("O-3")
@pytest.mark.parametrize("name", playbooks())
def test_each_part_of_a_playbook_that_has_commands_is_rehearsed(name: str) -> None:
    parts = re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", playbooks()[name].text, re.DOTALL | re.MULTILINE)
    assert {part.lower() for part, text in parts if BLOCK.search(text)} - REHEARSED[name] == set()


@pytest.mark.proves("O-3", "P-9")
@pytest.mark.parametrize("name", WHOLE)
def test_each_command_about_payments_of_providers_is_rehearsed(name: str) -> None:
    """Also one within a sentence, unless it stands alone as well; other playbooks and restarts are others' matter."""
    text = playbooks()[name].text
    alone = {shlex.join(words) for words in commands(text)}
    within = {" ".join(words.split()) for words in INLINE.findall(BLOCK.sub("", text))}
    left = {each for each in within if each.startswith("fullhouse ") and not each.startswith("fullhouse playbook")}
    assert {each for each in left if shlex.join(shlex.split(each)) not in alone} - REHEARSED[name] == set()


def test_a_command_that_does_not_exist_is_found() -> None:
    assert not exists(["fullhouse", "subscriptions", "begin"])
    assert not exists(["fullhouse", "dlq", "redrive", "--gruop", "x"])
    assert not exists(["make", "restrat", "SERVICE=checkout"])
    assert not exists(["make", "restart", "SERVICE=chekcout"])
    assert not exists(["docker", "compose", "up", "-d", "chekcout"])
    assert not exists(["docker", "compose", "run", "--rm", "bakcup", "list"])
    assert exists(["make", "restart", "SERVICE=checkout"])
    assert exists(["docker", "compose", "up", "-d", "checkout"])
    assert exists(["docker", "compose", "run", "--rm", "backup", "list"])
    assert exists(["fullhouse", "dlq", "redrive", "--group", "x"])
