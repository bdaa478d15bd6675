"""Looks at the business's own files."""

from __future__ import annotations

from collections.abc import Mapping

from cli.doctor.check import Finding
from cli.files import config_folder


async def configuration_files(environ: Mapping[str, str]) -> Finding:
    """Loads them as the services do."""
    import config

    folder = config_folder(environ)
    try:
        found = config.load(folder)
    except config.ConfigError as error:
        return Finding(
            ok=False, detail=str(error), remedy=f"Mend the files in {folder}; running services keep the old."
        )
    return Finding(ok=True, detail=f"{len(found.catalogue.cities)} cities in {folder}")
