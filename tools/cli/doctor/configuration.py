"""Looks at what an installation is told: its variables, what has changed of them, and the business's own files."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from cli.doctor.check import Examined, Finding, note, well, wrong
from cli.environment import SANDBOX, SERVICES
from cli.files import config_folder

if TYPE_CHECKING:
    from chassis.settings import EnvironSettings
    from chassis.settings.listing import Variable

SET: Final = "set"
_RESTART: Final = "Set it in the environment or in the file that holds it, then restart {}."
# What vendors' keys and addresses say of themselves; the first that fits counts.
_KINDS: Final = (
    (re.compile("sandbox|^ACfeed0000", re.IGNORECASE), "of the sandbox"),
    (re.compile("^(sk|rk|pk)_live_"), "live"),
    (re.compile("^(sk|rk|pk)_test_"), "test"),
)


async def variables_set(examined: Examined) -> Finding:
    """Reads them with every process's settings class, as its start does."""
    values = examined.environ
    sentences = refused(values)
    found = [(variable, state(variable, values, sentences)) for variable in variables()]
    lines = [listed(variable, how) for variable, how in found]
    if sentences:
        processes = sorted({process for found in sentences.values() for process in found})
        return wrong("\n".join(sentences), _RESTART.format(", ".join(processes)), lines=lines)
    text = f"{values['FULLHOUSE_MODE']} mode, {sum(how.startswith(SET) for _, how in found)} variables are set"
    stood_in = stand_ins(values)
    return well(f"{text}; the sandbox stands in for {', '.join(stood_in)}" if stood_in else text, lines=lines)


async def same_since_start(examined: Examined) -> Finding:
    """Compares them with what each service's newest process started with."""
    found = await asyncio.gather(*(_changed(examined, service) for service in SERVICES))
    return changes_judged({service: names for service, names in found if names is not None})


async def configuration_files(examined: Examined) -> Finding:
    """Loads the business's files as the services do."""
    import config

    folder = config_folder(examined.environ)
    try:
        found = config.load(folder)
    except config.ConfigError as error:
        return wrong(str(error), f"Mend the files in {folder}; running services keep the old.")
    return well(f"{len(found.catalogue.cities)} cities in {folder}")


def refused(values: Mapping[str, str]) -> dict[str, list[str]]:
    """The sentences about missing and wrong variables, each with the processes that say it."""
    from chassis.variables import SettingsError
    from cli.settings import CommandSettings, settings_of

    sandbox = [SANDBOX] if values.get("FULLHOUSE_MODE") == SANDBOX else []
    known: dict[str, type[EnvironSettings]] = {part: settings_of(part) for part in (*SERVICES, *sandbox)}
    known["fullhouse"] = CommandSettings
    found: dict[str, list[str]] = {}
    for process, settings in known.items():
        try:
            settings.from_environ(values)
        except SettingsError as error:
            for sentence in str(error).splitlines():
                found.setdefault(sentence, []).append(process)
    return found


def variables() -> tuple[Variable, ...]:
    """Every variable that services, sandbox and command line read."""
    from chassis.settings.listing import variables_of
    from cli.settings import CommandSettings, settings_of

    return variables_of({**{part: settings_of(part) for part in (*SERVICES, SANDBOX)}, "fullhouse": CommandSettings})


def listed(variable: Variable, how: str) -> str:
    """A variable with how it stands, what it holds and in which form, and who needs it."""
    needed = variable.when or (f"by {', '.join(variable.required)}" if variable.required else "")
    return f"{variable.name}: {how} ({variable.description}{f'; required: {needed}' if needed else ''})"


def state(variable: Variable, values: Mapping[str, str], sentences: Iterable[str]) -> str:
    """Whether it is set, missing or wrong, and of which kind it is; never its value."""
    from chassis.variables import SettingsError, read_variable

    said = [sentence for sentence in sentences if sentence.startswith(f"{variable.name} is ")]
    if said:
        return "missing" if said[0].startswith(f"{variable.name} is not set") else "wrong"
    try:
        value = read_variable(values, variable.name)
    except SettingsError:
        return "its file can't be read"
    return "not set" if value is None else f"{SET}{_kind(variable.name, value)}"


def stand_ins(values: Mapping[str, str]) -> list[str]:
    """The vendors whose calls go to the sandbox."""
    from chassis.settings import (
        PagerDutySettings,
        SandboxUrlSettings,
        SendGridSettings,
        SlackSettings,
        StripeSettings,
        TwilioSettings,
    )

    called = {
        "Stripe": StripeSettings.from_environ(values).stripe_api_url,
        "Twilio": TwilioSettings.from_environ(values).twilio_api_url,
        "SendGrid": SendGridSettings.from_environ(values).sendgrid_api_url,
        "Slack": SlackSettings.from_environ(values).slack_api_url,
        "PagerDuty": PagerDutySettings.from_environ(values).pagerduty_events_url,
    }
    sandbox = SandboxUrlSettings.from_environ(values).sandbox_url
    return [vendor for vendor, url in called.items() if sandbox and url.startswith(sandbox)]


def changes_judged(changed: Mapping[str, list[str]]) -> Finding:
    """`changed`: what differs, by service; a service that has not kept a start is left out."""
    silent = [service for service in SERVICES if service not in changed]
    differing = {service: names for service, names in changed.items() if names}
    if differing:
        told = "; ".join(f"{service}: {', '.join(names)}" for service, names in differing.items())
        return note(f"changed since the last start of {told}", f"Restart {', '.join(differing)} to let it count.")
    if silent:
        return note(f"not known of {', '.join(silent)}", "It is kept at a service's start: fullhouse status")
    return well(f"as at the last start of {', '.join(changed)}")


def _kind(name: str, value: str) -> str:
    from chassis.settings import SANDBOX_STAND_INS

    if name not in SANDBOX_STAND_INS:
        return ""
    return next((f", {kind}" for form, kind in _KINDS if form.search(value)), "")


async def _changed(examined: Examined, service: str) -> tuple[str, list[str] | None]:
    from chassis import last_start
    from chassis.database import DatabaseError
    from chassis.errors import Unavailable
    from chassis.settings.fingerprints import changed, fingerprints
    from cli import connections
    from cli.settings import host_settings_of

    settings = host_settings_of(service, examined.environ)
    try:
        async with connections.database(examined.environ, service) as opened:
            last = await last_start.read(opened)
    except (Unavailable, DatabaseError):
        return service, None
    return service, None if last is None else changed(last.fingerprints, fingerprints(settings))
