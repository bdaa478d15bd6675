"""What the checks of all vendors share: a refused key, a vendor in trouble, and where the vendor says so."""

from __future__ import annotations

from typing import Final

from cli.doctor.asking import Answer, SilentError, ask
from cli.doctor.check import Examined, Finding, note, well, wrong

_TOO_MANY: Final = 429
STAND_IN: Final = "the sandbox stands in: "


async def called(examined: Examined, vendor: str, method: str, url: str, **options: object) -> Answer:
    """A call to a vendor; silence says where the vendor tells how it is."""
    try:
        return await ask(examined.http, method, url, who=vendor, **options)
    except SilentError as error:
        raise SilentError(f"{error}. {status_page(examined, vendor)}") from None


def unusable(examined: Examined, vendor: str, answer: Answer, *, variables: str, service: str) -> Finding | None:
    """What an answer says about the vendor or our key; None for one that can be read."""
    if answer.status < 300:
        return None
    if answer.status in {401, 403, 404}:
        return wrong(
            f"{vendor} refuses {variables} (HTTP {answer.status})",
            f"Set {variables} as {vendor}'s account shows it now, then restart {service}.",
        )
    if answer.status == _TOO_MANY:
        return note(f"{vendor} says that we ask too often (HTTP {_TOO_MANY})", "Ask again in a minute.")
    return wrong(f"{vendor} is in trouble (HTTP {answer.status})", status_page(examined, vendor))


def status_page(examined: Examined, vendor: str) -> str:
    """Where the vendor says how it is, as vendors.yaml has it."""
    from chassis.errors import Misconfigured
    from cli.files import config_folder
    from config.loading import load_vendors

    try:
        lines = load_vendors(config_folder(examined.environ)).lines([vendor.lower()])
    except (Misconfigured, OSError):
        lines = []
    return f"Look at {lines[0]}." if lines else f"Look at {vendor}'s own status page."


def reached(text: str, *, stands_in: bool, lines: tuple[str, ...] = ()) -> Finding:
    """A vendor that answers as it should."""
    return well(f"{STAND_IN if stands_in else ''}{text}", lines=lines)
