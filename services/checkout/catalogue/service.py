"""The catalogue is loaded and announced, and the uses of discount codes are taken and given back (C-2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import config
from chassis.clock import SystemClock, utc_text
from chassis.database import Reader, Transaction
from chassis.emails import email_key
from chassis.errors import InvalidRequest, Misconfigured
from chassis.telemetry import get_logger
from checkout.catalogue import store
from checkout.catalogue.changes import Comparison, changes, entries, withdrawals
from checkout.catalogue.codes import CodeProblem, code_key, code_problem, code_sentence
from checkout.catalogue.domain import (
    Catalogue,
    DiscountCode,
    Quote,
    SaleState,
    Selection,
    Terms,
    membership,
    price_of,
    sale_state,
)
from checkout.catalogue.errors import OnSaleWindow, UnknownCity, UnknownPassKind
from checkout.catalogue.pricing import chargeable, faults
from checkout.catalogue.reading import cities_of, passes_of, terms_of
from eventbus import Outbox
from events import CatalogueCityChanged, CataloguePassChanged
from languages import gettext, translate

log = get_logger()

Entry = TypeVar("Entry", CatalogueCityChanged, CataloguePassChanged)


async def load(tx: Transaction, catalogue: config.Catalogue, *, outbox: Outbox | None = None) -> list[str]:
    """The YAML file's catalogue into the database; for `fullhouse catalogue load`, which has no bus of its own.

    Raises Misconfigured, with a line for each price that nobody could pay.
    """
    outbox = outbox or Outbox(source="checkout", clock=SystemClock(), wake=lambda: None)
    wanted = _sellable(catalogue)
    return await publish(tx, outbox, cities=wanted.cities.values(), terms=wanted.terms, passes=wanted.passes.values())


async def compare(tx: Transaction, catalogue: config.Catalogue) -> Comparison:
    """What `load` would do. Until the transaction ends nobody else loads another catalogue. Raises Misconfigured."""
    wanted = _sellable(catalogue)
    await store.lock(tx)
    known = await store.read(tx)
    old = known or Catalogue(cities={}, terms=wanted.terms, revision=0)
    cities = {city.city_id: city for city in _cities(old, wanted)}
    passes = {kind.pass_id: kind for kind in _changed(old.passes, wanted.passes)}
    after = Catalogue(cities={**old.cities, **cities}, terms=wanted.terms, revision=0, passes={**old.passes, **passes})
    return Comparison(
        changed=(*cities, *passes),
        changes=changes(entries(known) if known else {}, entries(after)),
        withdrawn=tuple(withdrawals(old, after)),
    )


def _sellable(file: config.Catalogue) -> Catalogue:
    """The file's, as far as it can be sold."""
    wanted = Catalogue(
        cities={city.city_id: city for city in cities_of(file)},
        terms=terms_of(file),
        revision=0,
        passes={kind.pass_id: kind for kind in passes_of(file)},
    )
    if wrong := list(faults(wanted)):
        raise Misconfigured("\n".join(f"catalogue.yaml: {each}" for each in wrong))
    return wanted


async def publish(
    tx: Transaction,
    outbox: Outbox,
    *,
    cities: Iterable[CatalogueCityChanged],
    terms: Terms,
    passes: Iterable[CataloguePassChanged] = (),
) -> list[str]:
    """Makes the database say this, and publishes each city and kind of pass that changed; returns their ids.

    The versions that come in are ignored: each entry's own counts on. What is no longer named is announced as
    withdrawn, not deleted (E-11): its orders have pages. Nothing happens when nothing has changed.
    """
    await store.lock(tx)
    known = await store.read(tx)
    old = known or Catalogue(cities={}, terms=terms, revision=0)
    wanted = Catalogue(
        cities={city.city_id: city for city in cities},
        terms=terms,
        revision=0,
        passes={kind.pass_id: kind for kind in passes},
    )
    changed, kinds = list(_cities(old, wanted)), list(_changed(old.passes, wanted.passes))
    if known is None or changed or kinds or terms != known.terms:
        await store.save_terms(tx, terms, revision=old.revision + 1)
    for city in changed:
        await store.save_city(tx, city)
    for kind in kinds:
        await store.save_pass(tx, kind)
    await outbox.publish(tx, *changed, *kinds)
    log.info("catalogue_published", cities=len(changed))
    return [entry.key for entry in (*changed, *kinds)]


def _cities(old: Catalogue, wanted: Catalogue) -> Iterable[CatalogueCityChanged]:
    """The cities that change, as they are announced; a tier that is no longer named stays as a withdrawn one."""
    kept = {
        city_id: _with_withdrawn_tiers(city, old.cities[city_id]) if city_id in old.cities else city
        for city_id, city in wanted.cities.items()
    }
    return _changed(old.cities, kept)


def _changed(old: Mapping[str, Entry], wanted: Mapping[str, Entry]) -> Iterable[Entry]:
    for key in sorted(wanted.keys() | old.keys()):
        before = old.get(key)
        after = wanted.get(key) or old[key].model_copy(update={"withdrawn": True})
        version = before.version if before else 0
        if before is None or after.model_copy(update={"version": version}) != before:
            yield after.model_copy(update={"version": version + 1})


def _with_withdrawn_tiers(wanted: CatalogueCityChanged, before: CatalogueCityChanged) -> CatalogueCityChanged:
    gone = {
        tier_id: tier.model_copy(update={"withdrawn": True})
        for tier_id, tier in before.tiers.items()
        if tier_id not in wanted.tiers
    }
    return wanted.model_copy(update={"tiers": {**wanted.tiers, **gone}}) if gone else wanted


def find_seat(catalogue: Catalogue, city_id: str, tier: str, *, now: datetime) -> CatalogueCityChanged:
    """The city whose tier can be bought now; raises UnknownCity, OnSaleWindow, or InvalidRequest for the tier."""
    city = catalogue.city(city_id)
    if city is None:
        raise UnknownCity
    if tier not in city.offered:
        names = " or ".join(name.upper() for name in city.offered)
        raise InvalidRequest(fields={"ticketType": f"Choose {names}."})
    _require_open(city, now)
    return city


def find_pass(catalogue: Catalogue, pass_id: str, *, now: datetime) -> CataloguePassChanged:
    """The kind of pass, which can be bought now; raises UnknownPassKind or OnSaleWindow."""
    kind = catalogue.pass_kind(pass_id)
    if kind is None:
        raise UnknownPassKind
    _require_open(kind, now)
    return kind


def _require_open(entry: CatalogueCityChanged | CataloguePassChanged, now: datetime) -> None:
    state = sale_state(entry, now)
    if state is not SaleState.OPEN:
        raise OnSaleWindow(
            gettext("The sale has not begun yet.") if state is SaleState.NOT_YET else gettext("The sale has ended."),
            extra={"onSaleFrom": utc_text(entry.on_sale_from), "onSaleUntil": utc_text(entry.on_sale_until)},
        )


def quote_pass(catalogue: Catalogue, kind: CataloguePassChanged, *, member: bool, email: str) -> Quote:
    """Prices one pass; discount codes are for seats."""
    counts, verified = membership(catalogue.terms, email, claimed=member)
    price = price_of(kind, quantity=1, member=counts, code=None)
    return Quote(price=price, member=counts, member_verified=verified)


async def quote(reader: Reader, catalogue: Catalogue, selection: Selection, *, now: datetime) -> Quote:
    """Prices a selection: the one price that pages show and purchases charge (C-1).

    A code that does not count is told in the quote. Nothing is taken; `reserve` decides about the code.
    """
    tier = catalogue.cities[selection.city_id].tiers[selection.tier]
    found = await _find_code(reader, catalogue, selection, now) if selection.code.strip() else None
    problem, code = (found, None) if isinstance(found, str) else (None, found)
    member, verified = membership(catalogue.terms, selection.email, claimed=selection.member)
    price = price_of(tier, quantity=selection.quantity, member=member, code=code)
    if code is not None and not chargeable(price):
        problem, code = translate(CodeProblem.TOO_LITTLE.value), None
        price = price_of(tier, quantity=selection.quantity, member=member, code=None)
    return Quote(price=price, code=code, code_problem=problem, member=member, member_verified=verified)


async def _find_code(reader: Reader, catalogue: Catalogue, selection: Selection, now: datetime) -> DiscountCode | str:
    """The code as typed, or the sentence why it does not count."""
    code, city = catalogue.terms.codes.get(code_key(selection.code)), catalogue.cities[selection.city_id]
    currency = city.tiers[selection.tier].currency
    problem = code_problem(code, city_id=selection.city_id, tier=selection.tier, currency=currency, now=now)
    if problem is not None or code is None:
        return code_sentence(problem or CodeProblem.UNKNOWN, code, catalogue, city.city_id)
    if code.usage_limit is None and code.per_email_limit is None:
        return code
    buyer = email_key(selection.email)
    used, by_email = await store.uses(reader, code.code, buyer)
    if code.usage_limit is not None and used >= code.usage_limit:
        return translate(CodeProblem.USED_UP.value)
    if buyer and code.per_email_limit is not None and by_email >= code.per_email_limit:
        return translate(CodeProblem.USED_BY_YOU.value)
    return code


async def reserve(tx: Transaction, order_id: UUID, code: DiscountCode, *, email_key: str) -> None:
    """Takes one use with the hold; raises InvalidRequest when another buyer was faster."""
    problem = await store.reserve_code(tx, order_id, code, email_key)
    if problem is not None:
        raise InvalidRequest(fields={"discountCode": translate(problem.value)})


async def give_back(tx: Transaction, order_id: UUID) -> None:
    """The use returns with the seats."""
    await store.return_code(tx, order_id)


async def take_again(tx: Transaction, order_id: UUID, code: str, *, email_key: str) -> None:
    """A late payer has paid after all."""
    await store.retake_code(tx, order_id, code, email_key)
