"""The texts that are written from the settings classes: .env.example, and docs/configuration.md."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc
from itertools import groupby

from chassis.settings.listing import Variable
from config.loading import FILES, file_name
from stack.layout import SERVICES
from stack.variables import EMBEDDED, all_variables

_EXAMPLE_HEAD = """\
# Every variable of an installation: what it holds, whether it is needed, and who reads it.
# NAME_FILE may name a file that holds the value of NAME. `make up` makes a file of this form in .local/env.
# PORT, STATE and BROKERS (1, or 3 for a Kafka cluster) of `make up` stand before it: make help.
# Written from the settings classes (python -m stack example); docs/configuration.md has the same as a table.
"""
_PAGE_HEAD = """\
# Configuration

For people who run an installation. Secrets and addresses are environment variables; what the business decides is YAML.
Both are checked at the start, and a wrong value ends it with a sentence that says what to do. This page is written from
the code that reads them (`python -m stack example`).

## Variables

- `NAME_FILE` may name a file that holds the value of `NAME`. A value that is empty is not set.
- `FULLHOUSE_MODE` decides, nothing is guessed: in `sandbox` the sandbox stands in for every vendor whose variables are
  not set; in `test` and `live` each needed one must be set, and be of that mode.
- Each process is given only the variables that it reads (last column; *services* are all four). `make up` sets `PORT`,
  `DATABASE_URL` and `FULLHOUSE_SLOT` for each process.
- `make up` makes secrets of its own in `.local/env`, and refuses a name in that file that nothing reads. What is set in
  its environment counts more than the file; other names there are ignored. Docker Compose ignores a name that it does
  not know: `docker compose run --rm -T check < .env` names it, and what is secret there: of that each is a file of mode
  600, into which `docker compose run --rm secrets` moves it.

"""
_FILES_HEAD = """\
## Files

In `CONFIG_DIR`, read again within seconds of a change (the catalogue when it is loaded: `fullhouse catalogue load`;
`catalogue diff` shows before what that changes).
While a file is wrong, what was read before stays in force, and the log says what is wrong, with file and line. A key
that nothing reads is an error.

| file | holds |
|---|---|
"""


def example() -> str:
    """The text of .env.example."""
    lines = [_EXAMPLE_HEAD]
    for section, found in groupby(all_variables(), key=lambda each: each.section):
        lines.append(f"\n# {section}\n")
        lines += [f"# {_sentence(each)}\n{each.name}=\n" for each in found]
    return "".join(lines)


def page() -> str:
    """The text of docs/configuration.md."""
    return _PAGE_HEAD + "".join(_tables()) + _FILES_HEAD + "".join(_file_rows())


def _tables() -> Iterator[str]:
    for section, found in groupby(all_variables(), key=lambda each: each.section):
        yield f"### {section}\n\n| variable | holds | needed | secret | read by |\n|---|---|---|---|---|\n"
        yield from map(_row, found)
        yield "\n"


def _row(each: Variable) -> str:
    description = each.description.replace("|", "\\|")
    secret = "yes" if each.secret else ""
    return f"| `{each.name}` | {description} | {_needed(each)} | {secret} | {_readers(each)} |\n"


def _file_rows() -> Iterator[str]:
    for attribute, model in FILES.items():
        file = file_name(attribute)
        yield f"| {file} | {cleandoc(model.__doc__ or '').splitlines()[0].removeprefix(f'{file}: ').rstrip('.')} |\n"


def _sentence(each: Variable) -> str:
    parts = (
        f"{each.description[0].upper()}{each.description[1:]}",
        f"Needed: {_needed(each)}",
        *(["Secret"] if each.secret else []),
        f"Read by: {_readers(each)}",
    )
    return ". ".join(parts) + "."


def _needed(each: Variable) -> str:
    if each.when:
        return each.when
    if each.required:
        some = ", ".join(each.required)
        return "yes" if each.required == each.readers else f"at {some}"
    return f"no ({_defaults(each)})" if each.defaults else "no"


def _defaults(each: Variable) -> str:
    if len(set(each.defaults.values())) == 1:
        return next(iter(each.defaults.values()))
    return ", ".join(f"{value} at {process}" for process, value in each.defaults.items())


def _readers(each: Variable) -> str:
    named = [f"`{EMBEDDED}`" if reader == EMBEDDED else reader for reader in each.readers]
    if not set(SERVICES) <= set(named):
        return ", ".join(named)
    return ", ".join(["services", *(reader for reader in named if reader not in SERVICES)])
