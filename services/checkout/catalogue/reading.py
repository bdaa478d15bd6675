"""From the business's YAML file (libs/config) to what the database keeps and `catalogue` announces."""

from __future__ import annotations

import config
from chassis.emails import email_key
from checkout.catalogue.domain import BusinessType, CityExtras, DiscountCode, Terms
from events import CatalogueCityChanged, CataloguePassChanged, CatalogueTier, CatalogueVenue


def cities_of(catalogue: config.Catalogue) -> list[CatalogueCityChanged]:
    """Each city as it is to be announced; versions are the database's business."""
    return [_city(city_id, city) for city_id, city in catalogue.cities.items()]


def passes_of(catalogue: config.Catalogue) -> list[CataloguePassChanged]:
    """Each kind of pass as it is to be announced."""
    return [_pass(pass_id, found) for pass_id, found in catalogue.passes.items()]


def terms_of(catalogue: config.Catalogue) -> Terms:
    """What holds for all cities, and what only our own pages and prices need."""
    types = (BusinessType(id=type_id, name=name) for type_id, name in catalogue.business_types.items())
    return Terms(
        max_quantity=catalogue.max_quantity,
        hold=catalogue.hold,
        pass_notice=catalogue.pass_notice,
        business_types=tuple(types),
        codes={code: _code(code, found) for code, found in catalogue.discount_codes.items()},
        extras={city_id: _extras(city) for city_id, city in catalogue.cities.items()},
        providers=_providers(catalogue),
        roster=None if catalogue.member_roster is None else frozenset(map(email_key, catalogue.member_roster)),
    )


def _city(city_id: str, city: config.City) -> CatalogueCityChanged:
    venue = city.venue
    return CatalogueCityChanged(
        city_id=city_id,
        version=1,
        name=city.name,
        venue=CatalogueVenue(
            name=venue.name, address=venue.address, district=venue.district or "", notes=venue.notes or ""
        ),
        time_zone=city.time_zone.key,
        starts=city.starts_utc,
        ends=city.ends_utc,
        doors=city.doors_utc,
        on_sale_from=city.on_sale.opens,
        on_sale_until=city.on_sale.closes,
        tiers={tier_id: _tier(tier) for tier_id, tier in city.tiers.items()},
        listed=city.listed,
    )


def _tier(tier: config.Tier) -> CatalogueTier:
    return CatalogueTier(
        name=tier.name,
        price=tier.price,
        currency=tier.currency,
        public_limit=tier.public_limit,
        actual_limit=tier.actual_limit,
        thresholds=tier.thresholds,
        includes=tier.includes,
        member_discount_percent=tier.member_discount,
    )


def _pass(pass_id: str, found: config.Pass) -> CataloguePassChanged:
    return CataloguePassChanged(
        pass_id=pass_id,
        version=1,
        name=found.name,
        price=found.price,
        currency=found.currency,
        entries=found.entries,
        valid_days=found.valid_days,
        on_sale_from=found.on_sale.opens,
        on_sale_until=found.on_sale.closes,
        includes=found.includes,
        member_discount_percent=found.member_discount,
    )


def _providers(catalogue: config.Catalogue) -> dict[str, int]:
    cities = {city_id: city.provider for city_id, city in catalogue.cities.items()}
    passes = {pass_id: found.provider for pass_id, found in catalogue.passes.items()}
    return {item_id: provider for item_id, provider in {**cities, **passes}.items() if provider is not None}


def _extras(city: config.City) -> CityExtras:
    short = {tier_id: tier.short_name or tier.name for tier_id, tier in city.tiers.items()}
    return CityExtras(refund_until=city.refund_until, short_names=short)


def _code(code: str, found: config.DiscountCode) -> DiscountCode:
    return DiscountCode(
        code=code,
        percent=found.percent,
        amount=found.amount,
        currency=found.currency,
        valid_from=found.valid.opens,
        valid_until=found.valid.closes,
        usage_limit=found.usage_limit,
        per_email_limit=found.per_email_limit,
        cities=found.cities,
        tiers=found.tiers,
    )
