"""What every test may ask for; the fixtures themselves are in tests/fixtures."""

from __future__ import annotations

import pytest
from hypothesis import settings

from chassis.process import set_up, settle_in
from tests.fixtures import testbed
from tests.fixtures.backups import backup
from tests.fixtures.browser import NOT_RUN, browser, chromium
from tests.fixtures.cities import stocked
from tests.fixtures.kafka import kafka, topic_prefix
from tests.fixtures.postgres import make_database, postgres
from tests.fixtures.stack import end_stack_after, end_stacks, everything_runs, stack, stack_of

__all__ = [
    "backup",
    "browser",
    "chromium",
    "everything_runs",
    "kafka",
    "make_database",
    "postgres",
    "stack",
    "stocked",
    "topic_prefix",
]

LONGEST_ID = 60
# Needs a Docker Engine, root and ten minutes: `make compose` runs it by its path.
collect_ignore = ["compose"]

# A busy machine is no failure.
settings.register_profile("unhurried", parent=settings.default, deadline=None)
settings.load_profile("unhurried")


def pytest_configure(config: pytest.Config) -> None:
    """The run's folder is made by the first process of the run, and known to all of pytest-xdist's workers."""
    set_up()
    if not hasattr(config, "workerinput"):
        testbed.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Also after Ctrl-C. After anything worse the keepers notice by themselves that this process has gone."""
    end_stacks()
    if not hasattr(config, "workerinput"):
        testbed.finish()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is started once is used by one worker: a whole stack, and what a module starts for itself."""
    for item in items:
        if group := stack_of(item):
            item.add_marker(pytest.mark.stack)
            item.add_marker(pytest.mark.xdist_group(group))
        elif item.get_closest_marker("xdist_group") is None and _starts_something(item):
            item.add_marker(pytest.mark.xdist_group(item.location[0]))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """The tests stay: to look through them for garbage takes a third of a second each time."""
    settle_in()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    end_stack_after(item)


def _starts_something(item: pytest.Item) -> bool:
    fixtures = getattr(item, "_fixtureinfo", None)
    known = fixtures.name2fixturedefs.values() if fixtures else ()
    return any(definition[-1].scope in {"module", "class"} for definition in known)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What could not be run must not hide among a thousand dots."""
    missed = [report for report in terminalreporter.stats.get("skipped", []) if NOT_RUN in str(report.longrepr)]
    if missed:
        terminalreporter.section(NOT_RUN, red=True, bold=True)
        terminalreporter.write_line(f"{len(missed)} browser tests: this machine has no Chromium.", red=True)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A long value is named by its place: keys and tokens are drawn anew in every worker, names must be the same."""
    return argname if isinstance(val, str | bytes) and len(val) > LONGEST_ID else None
