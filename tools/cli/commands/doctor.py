"""`fullhouse doctor`: looks whether everything that an installation stands on is as it should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import typer

from cli.errors import EXIT_FAILED
from cli.output import JsonOption

if TYPE_CHECKING:
    from cli.doctor.check import Check, Finding

_LONGEST: Final = 20.0  # seconds for one check


def doctor(*, as_json: JsonOption = False) -> None:
    """Check configuration and Kafka; changes nothing. Exit code 1 when something is wrong."""
    from cli.doctor import CHECKS
    from cli.environment import environ
    from cli.output import json_line

    values = environ()
    found = {name: _look(name, check, values) for name, check in CHECKS.items()}
    well = all(finding.ok for finding in found.values())
    if as_json:
        json_line({"ok": well, "checks": [{"name": name, **asdict(finding)} for name, finding in found.items()]})
    else:
        _show(found)
    if not well:
        raise typer.Exit(EXIT_FAILED)


def _look(name: str, check: Check, values: Mapping[str, str]) -> Finding:
    """A check that can't be made is a finding, and the next one goes on."""
    import asyncio

    from chassis.errors import Misconfigured
    from cli import connections
    from cli.doctor.check import Finding
    from cli.errors import CommandError
    from cli.output import progress

    progress(f"{name} …")
    try:
        return connections.run(asyncio.wait_for(check(values), _LONGEST))
    except TimeoutError:
        return Finding(ok=False, detail=f"no answer in {_LONGEST:.0f} s", remedy="Look at `make status`.")
    except (CommandError, Misconfigured) as error:
        return Finding(ok=False, detail=str(error))


def _show(found: Mapping[str, Finding]) -> None:
    from cli.output import table

    rows = [
        (name, "ok" if finding.ok else "wrong", " ".join(filter(None, (finding.detail, finding.remedy))))
        for name, finding in found.items()
    ]
    table("What was checked; nothing was changed.", ("Check", "", "What was found"), rows)
