"""docs/architecture.md stays true: each file and room that it names is there, and no room is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.docs.proofs import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text()
SOURCES = [
    path.relative_to(ROOT).as_posix()
    for folder in ("services", "libs", "tools", "deploy", "docs", "tests")
    for path in (ROOT / folder).rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
]
FILE = re.compile(r"`([\w/.-]+\.(?:py|yaml|md|toml|sql))`")
NAMED_IN = re.compile(r"`([\w/.-]+\.py)` \(((?:`\w+`(?:, )?)+)")
TESTS = re.compile(r"`((?:unit|integration|contract|fixtures|bench)/[\w/]*/)`")
NEW_ROOMS = re.compile(r"^services/(\w+)/ +(.+)$", re.MULTILINE)
# Names of the plan, not of one file.
OF_EVERY_ROOM = {
    "domain.py",
    "store.py",
    "service.py",
    "api.py",
    "page.py",
    "consumers.py",
    "workers.py",
    "jobs.py",
    "errors.py",
}


@pytest.mark.parametrize("named", sorted(set(FILE.findall(PAGE)) - OF_EVERY_ROOM))
def test_a_named_file_is_there(named: str) -> None:
    assert any(path == named or path.endswith(f"/{named}") for path in SOURCES)


@pytest.mark.parametrize(("file", "names"), sorted(set(NAMED_IN.findall(PAGE))))
def test_what_is_named_in_a_file_is_in_it(file: str, names: str) -> None:
    texts = [(ROOT / path).read_text() for path in SOURCES if path == file or path.endswith(f"/{file}")]
    wanted = re.findall(r"\w+", names)
    assert any(all(re.search(rf"\b{name}\b", text) for name in wanted) for text in texts)


@pytest.mark.parametrize("folder", sorted(set(TESTS.findall(PAGE))))
def test_a_folder_of_tests_is_there(folder: str) -> None:
    assert (ROOT / "tests" / folder).is_dir()


@pytest.mark.parametrize(("service", "listed"), NEW_ROOMS.findall(PAGE))
def test_the_rooms_of_a_service_are_all_listed(service: str, listed: str) -> None:
    rooms = {path.parent.name for path in (ROOT / "services" / service).glob("*/__init__.py")}
    assert {Path(room).name for room in listed.split()} == rooms


def test_every_service_is_listed() -> None:
    assert {service for service, _ in NEW_ROOMS.findall(PAGE)} == {
        path.parent.name for path in (ROOT / "services").glob("*/app.py")
    }


def test_every_library_is_listed() -> None:
    libraries = {path.parent.name for path in (ROOT / "libs").glob("*/__init__.py")}
    assert {name for name in libraries if f"libs/{name}/" not in PAGE} == set()


@pytest.mark.parametrize("service", sorted(service for service, _ in NEW_ROOMS.findall(PAGE)))
def test_each_migration_has_a_number_of_its_own(service: str) -> None:
    """dbmate knows them by their numbers."""
    files = [*(ROOT / "services" / service / "migrations").glob("*.sql"), *ROOT.glob("libs/*/migrations/*.sql")]
    numbers = [path.name.partition("_")[0] for path in files]
    assert sorted(set(numbers)) == sorted(numbers)
