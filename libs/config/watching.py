"""Reloads the files without a restart; a faulty change has no effect."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

from chassis.background import Periodic
from chassis.telemetry import get_logger
from config.errors import ConfigError
from config.loading import FILES, Config, file_name, load
from config.measured_rules import Figures

log = get_logger()

LOOK: Final = timedelta(seconds=3)

Signature = tuple[tuple[str, int, int], ...]


class ConfigWatcher:
    """Looks at the files' times and sizes every few seconds, as `periodic` says.

    `on_change` gets each new, complete and valid Config before it becomes `current`. While a file is wrong the old
    Config stays in force, and the findings are logged once per change of the files. `figures`: as for `load`.
    """

    def __init__(
        self,
        directory: Path | str,
        on_change: Callable[[Config], Awaitable[None]] | None = None,
        *,
        figures: Figures | None = None,
    ) -> None:
        self._directory = Path(directory)
        self._on_change = on_change
        self._figures = figures
        self._seen = self._signature()
        self.current = load(self._directory, figures=figures)

    def periodic(self) -> Periodic:
        """For the background of the process."""
        return Periodic("configuration", LOOK, self.check)

    async def check(self) -> None:
        """Reloads when something changed; raises an error of `on_change`, and tries the change again next time."""
        signature = self._signature()
        if signature == self._seen:
            return
        try:
            changed = await asyncio.to_thread(load, self._directory, figures=self._figures)
        except ConfigError as error:
            findings = [str(finding) for finding in error.findings]
            log.error("configuration_rejected", findings=findings)  # noqa: TRY400 the findings say it all
        else:
            if changed != self.current:
                if self._on_change is not None:
                    await self._on_change(changed)
                self.current = changed
                log.info("configuration_loaded", directory=str(self._directory))
        self._seen = signature

    def _signature(self) -> Signature:
        return tuple(self._stamp(self._directory / file_name(attribute)) for attribute in FILES)

    @staticmethod
    def _stamp(path: Path) -> tuple[str, int, int]:
        try:
            found = path.stat()
        except OSError:
            return (path.name, 0, 0)
        return (path.name, found.st_mtime_ns, found.st_size)
