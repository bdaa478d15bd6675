"""Reads settings from a mapping, never from a global; each wrong value becomes a sentence."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar, Final, Self, get_args

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from chassis.errors import Misconfigured
from chassis.settings.secrecy import weaknesses
from chassis.variables import SettingsError, read_variable

EXIT_MISCONFIGURED: Final = 2
# A key of a field's json_schema_extra: when the variable is needed, where its type can't say so.
NEEDED: Final = "needed"


class Mode(StrEnum):
    """FULLHOUSE_MODE: it must be set, and is never derived."""

    SANDBOX = "sandbox"
    TEST = "test"
    LIVE = "live"


class Section(StrEnum):
    """The titles under which variables are listed, in this order."""

    INSTALLATION = "The installation"
    STORES = "Databases and Kafka"
    KEYS = "Keys and tokens"
    STRIPE = "Stripe"
    EXTERNAL = "Providers' own processors"
    TWILIO = "Twilio"
    EMAIL = "E-mail"
    ON_CALL = "Slack and PagerDuty"
    BACKUPS = "Backups"
    LIMITS = "Limits and times, which seldom need a change"
    SANDBOX = "The sandbox, in sandbox mode only"
    EMBEDDED = "What `make up` and Docker Compose start themselves"


class EnvironSettings(BaseSettings):
    """Base of all groups. A field `stripe_secret_key` is read from STRIPE_SECRET_KEY or STRIPE_SECRET_KEY_FILE.

    A field of a time span is read from a variable that ends in _SECONDS. Each field's description says its form and
    use; it is printed when the variable is missing or wrong, and in .env.example and docs/configuration.md. `section`
    is that of the fields which the class itself declares. `stand_ins` are values for variables that are not set in
    sandbox mode.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True
    )
    section: ClassVar[Section] = Section.INSTALLATION
    stand_ins: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def settings_customise_sources(  # the signature is pydantic-settings'
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # Only from_environ's mapping counts: a process must not read variables that it was not given.
        return (init_settings,)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Reads and checks the variables of this class; raises SettingsError with a sentence for each wrong one."""
        values = {name: value for name in cls.model_fields if (value := cls._read(environ, name)) is not None}
        if values.get("fullhouse_mode") == Mode.SANDBOX:
            values = {**cls.stood_in(values), **values}
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            found = error.errors()
            # Without a mode nobody can say what the other variables must be.
            about_mode = [each for each in found if each["loc"] == ("fullhouse_mode",)]
            raise SettingsError("\n".join(cls._sentence(each) for each in about_mode or found)) from None
        mode = values.get("fullhouse_mode", Mode.SANDBOX)
        if mode != Mode.SANDBOX and (weak := dict(weaknesses(settings, live=mode == Mode.LIVE))):
            raise SettingsError("\n".join(cls._wrong(field, reason) for field, reason in weak.items()))
        return settings

    @classmethod
    def variable(cls, field: str) -> str:
        """The environment variable of a field."""
        return f"{field.upper()}_SECONDS" if _is_time_span(cls.model_fields[field].annotation) else field.upper()

    @classmethod
    def variables(cls, field: str) -> tuple[str, ...]:
        """The variables that may hold the field; the first one that is set counts."""
        return (cls.variable(field),)

    @classmethod
    def _read(cls, environ: Mapping[str, str], field: str) -> str | None:
        found = (read_variable(environ, variable) for variable in cls.variables(field))
        return next((value for value in found if value is not None), None)

    @classmethod
    def stood_in(cls, _given: Mapping[str, str]) -> dict[str, str]:
        """The values that sandbox mode gives to fields that are not set; `_given` is what is set."""
        collected: dict[str, str] = {}
        for base in reversed(cls.__mro__):
            for variable, value in base.__dict__.get("stand_ins", {}).items():
                if variable.lower() in cls.model_fields:
                    collected[variable.lower()] = value
        return collected

    @classmethod
    def _sentence(cls, error: ErrorDetails) -> str:
        message = error["msg"].removeprefix("Value error, ")
        if not error["loc"]:
            return message
        field = str(error["loc"][0])
        variable, use = cls.variable(field), cls.model_fields[field].description
        if error["type"] == "missing":
            return f"{variable} is not set. It holds {use}. Set it, or let {variable}_FILE name a file that holds it."
        return cls._wrong(field, message)

    @classmethod
    def _wrong(cls, field: str, reason: str) -> str:
        use = cls.model_fields[field].description
        return f"{cls.variable(field)} is wrong: {reason.rstrip('.')}. It holds {use}."


class ModeSettings(EnvironSettings):
    """The mode, on which values of other groups may depend."""

    fullhouse_mode: Mode = Field(description="the mode: sandbox, test or live")

    @property
    def mode(self) -> Mode:
        return self.fullhouse_mode

    @property
    def sandboxed(self) -> bool:
        """Whether this is sandbox mode."""
        return self.fullhouse_mode is Mode.SANDBOX


def _is_time_span(annotation: object) -> bool:
    return annotation is timedelta or any(_is_time_span(part) for part in get_args(annotation))


@contextmanager
def exit_when_misconfigured() -> Iterator[None]:
    """Ends the process on a misconfiguration with its sentences and exit code 2, without a traceback."""
    try:
        yield
    except Misconfigured as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(EXIT_MISCONFIGURED) from None
