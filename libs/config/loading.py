"""Loads and checks all files together."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from config.abuse import Abuse
from config.alert_rules import AlertRules
from config.brand import Brand
from config.catalogue import Catalogue
from config.contacts import Contacts
from config.documents import Document, Place, dotted, read_document
from config.errors import ConfigError, Finding
from config.fees import Fees
from config.measured_rules import Figures
from config.messages import CUSTOMER, OWNERS, Messages
from config.routing import Routing
from config.schedules import Schedules
from config.stock_levels import StockLevels
from config.vendors import Vendors


@dataclass(frozen=True, slots=True)
class Config:
    """The content of all files."""

    catalogue: Catalogue
    contacts: Contacts
    messages: Messages
    alert_rules: AlertRules
    routing: Routing
    stock_levels: StockLevels
    schedules: Schedules
    abuse: Abuse
    vendors: Vendors
    brand: Brand
    fees: Fees


FILES: Final[Mapping[str, type[BaseModel]]] = MappingProxyType(
    {
        "catalogue": Catalogue,
        "contacts": Contacts,
        "messages": Messages,
        "alert_rules": AlertRules,
        "routing": Routing,
        "stock_levels": StockLevels,
        "schedules": Schedules,
        "abuse": Abuse,
        "vendors": Vendors,
        "brand": Brand,
        "fees": Fees,
    }
)


def file_name(attribute: str) -> str:
    """The file of an attribute: `alert-rules.yaml` for `alert_rules`."""
    return f"{attribute.replace('_', '-')}.yaml"


def load(directory: Path | str, *, figures: Figures | None = None) -> Config:
    """Reads all files of a folder; raises ConfigError with everything that is wrong in any of them.

    `figures` are those that this process measures for alert rules; without them rules aren't checked against their
    figures.
    """
    folder = Path(directory)
    if not folder.is_dir():
        raise ConfigError(
            [Finding(str(folder), None, "", "is no folder; let CONFIG_DIR name the folder of the YAML files")]
        )
    loaded: dict[str, Any] = {}
    documents: dict[str, Document] = {}
    findings: list[Finding] = []
    for attribute, model in FILES.items():
        try:
            documents[attribute] = read_document(folder / file_name(attribute))
            loaded[attribute] = validate(documents[attribute], model, figures=figures)
        except ConfigError as error:
            findings.extend(error.findings)
    if not findings:
        findings.extend(_recipients(documents["messages"], loaded["messages"], loaded["contacts"]))
        findings.extend(_also_told(documents["routing"], loaded["routing"], loaded["contacts"]))
        findings.extend(_first_steps(documents["alert_rules"], loaded["alert_rules"], loaded["contacts"]))
        findings.extend(_urgent(documents["stock_levels"], loaded["stock_levels"], loaded["alert_rules"]))
    if findings:
        raise ConfigError(findings)
    return Config(**loaded)


def load_vendors(directory: Path) -> Vendors:
    """vendors.yaml alone, for who needs it while the others may be wrong; raises ConfigError."""
    return validate(read_document(directory / file_name("vendors")), Vendors)


def load_alert_rules(directory: Path) -> AlertRules:
    """alert-rules.yaml alone, for who needs it while the others may be wrong; raises ConfigError."""
    return validate(read_document(directory / file_name("alert_rules")), AlertRules)


Checked = TypeVar("Checked", bound=BaseModel)


def validate(document: Document, model: type[Checked], *, figures: Figures | None = None) -> Checked:
    """The document as a model; raises ConfigError with every finding."""
    try:
        return model.model_validate(document.content, context=figures)
    except ValidationError as error:
        raise ConfigError([_finding(document, model, found) for found in error.errors()]) from None


def _finding(document: Document, model: type[BaseModel], error: ErrorDetails) -> Finding:
    place: Place = tuple(part for part in error["loc"] if part != "[key]")
    return Finding(document.file, document.line_of(place), dotted(place), _message(model, error, place))


_MAPPING: Final = "must be a mapping, with its settings indented below it"
_LIST: Final = "must be a list, e.g. [one, two]"
_SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "model_type": _MAPPING,
        "mapping_type": _MAPPING,
        "dict_type": _MAPPING,
        "tuple_type": _LIST,
        "list_type": _LIST,
        "too_short": "must not be empty",
    }
)


def _message(model: type[BaseModel], error: ErrorDetails, place: Place) -> str:
    if error["type"] == "extra_forbidden":
        return f"is no setting here{_suggestion(model, place)}; remove it or correct its name"
    if error["type"] == "missing" and (info := _field_at(model, place)):
        return f"is missing; add {info.description}"
    if error["type"] in {"enum", "literal_error"}:
        return f"must be {error['ctx']['expected']}"
    return _SENTENCES.get(error["type"], error["msg"].removeprefix("Value error, "))


def _suggestion(model: type[BaseModel], place: Place) -> str:
    """The name, known at this place, that is most like the one in the file."""
    known = [name for inner in _models_at(model, place[:-1]) for name in _keys(inner)]
    near = difflib.get_close_matches(str(place[-1]), known, n=1)
    return f" (do you mean {near[0]}?)" if near else ""


def _keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _field_at(model: type[BaseModel], place: Place) -> FieldInfo | None:
    found = (_keys(inner).get(str(place[-1])) for inner in _models_at(model, place[:-1]))
    return next((info for info in found if info is not None), None)


def _models_at(model: type[BaseModel], place: Place) -> list[type[BaseModel]]:
    """The models for a mapping at this place; list places, and names that the business chooses (cities), lead on."""
    models = [model]
    for part in place:
        known = [info for inner in models if (info := _keys(inner).get(str(part)))]
        models = [inner for info in known for inner in _inner_types(info.annotation)] if known else models
    return models


def models_in(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """The model, and all models inside it."""
    yield model
    for info in model.model_fields.values():
        for inner in _inner_types(info.annotation):
            yield from models_in(inner)


def _inner_types(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _inner_types(argument)


def _recipients(document: Document, messages: Messages, contacts: Contacts) -> Iterator[Finding]:
    """Finds recipients of messages that are no one in contacts.yaml."""
    known = {CUSTOMER, OWNERS, *contacts.roles, *contacts.people}
    for kind, settings in messages.kinds.items():
        for at, recipient in enumerate(settings.recipients):
            if recipient not in known:
                place: Place = ("kinds", kind.value, "recipients", at)
                message = f"{recipient} is no role or person of contacts.yaml, nor {CUSTOMER} or {OWNERS}"
                yield Finding(document.file, document.line_of(place), dotted(place), message)


def _first_steps(document: Document, rules: AlertRules, contacts: Contacts) -> Iterator[Finding]:
    """Finds first steps of alerts that are no one in contacts.yaml."""
    known = {*contacts.roles, *contacts.people}
    steps: list[tuple[str, str, tuple[str, ...]]] = [
        *(("severities", severity.value, own.first_step) for severity, own in rules.severities.items()),
        *(("categories", category, each.first_step) for category, each in rules.categories.items()),
    ]
    for section, name, roles in steps:
        for at, role in enumerate(roles):
            if role not in known:
                place: Place = (section, name, "firstStep", at)
                message = f"{role} is no role or person of contacts.yaml"
                yield Finding(document.file, document.line_of(place), dotted(place), message)


def _urgent(document: Document, levels: StockLevels, rules: AlertRules) -> Iterator[Finding]:
    """Finds urgent thresholds for which alert-rules.yaml has no weight of their own."""
    for place, steps in levels.tables():
        for at, step in enumerate(steps):
            if step.urgent and rules.stock.levels[step.level].urgent is None:
                where: Place = (*place, at, "urgent")
                message = (
                    f"stock.levels.{step.level} of alert-rules.yaml has no urgent; add it there or take it away here"
                )
                yield Finding(document.file, document.line_of(where), dotted(where), message)


def _also_told(document: Document, routing: Routing, contacts: Contacts) -> Iterator[Finding]:
    known = {OWNERS, *contacts.roles, *contacts.people}
    for name, roles in routing.also_tell.items():
        for at, role in enumerate(roles):
            if role not in known:
                place: Place = ("alsoTell", name, at)
                message = f"{role} is no role or person of contacts.yaml, nor {OWNERS}"
                yield Finding(document.file, document.line_of(place), dotted(place), message)
