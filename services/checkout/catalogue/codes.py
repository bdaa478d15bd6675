"""Whether a discount code counts, and why not, as a sentence. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from chassis import formats
from checkout.catalogue.domain import Catalogue, DiscountCode
from languages import gettext, gettext_noop, translate


class CodeProblem(StrEnum):
    """Why a discount code does not count, as a sentence for the buyer; its names are filled in by `code_sentence`."""

    UNKNOWN = gettext_noop("We don’t know this code.")
    NOT_YET = gettext_noop("%(code)s counts from %(first_day)s.")
    OVER = gettext_noop("%(code)s ended on %(last_day)s.")
    ELSEWHERE = gettext_noop("That code is for %(cities)s only.")
    OTHER_TIER = gettext_noop("That code is for %(tiers)s only.")
    FOREIGN = gettext_noop("That code does not count for this workshop.")
    TOO_LITTLE = gettext_noop(
        "That code leaves less than the smallest amount that can be paid. Take more seats, or leave it out."
    )
    USED_UP = gettext_noop("This code has been used up.")
    USED_BY_YOU = gettext_noop("You have used this code as often as it counts.")


def code_problem(
    code: DiscountCode | None, *, city_id: str, tier: str, currency: str, now: datetime
) -> CodeProblem | None:
    """Why the code does not count here and now; its use limits are the store's to judge."""
    if code is None:
        return CodeProblem.UNKNOWN
    if code.valid_from and now < code.valid_from:
        return CodeProblem.NOT_YET
    if code.valid_until and now >= code.valid_until:
        return CodeProblem.OVER
    if code.cities and city_id not in code.cities:
        return CodeProblem.ELSEWHERE
    if not code.reaches(city_id, tier):
        return CodeProblem.OTHER_TIER
    foreign = code.amount is not None and code.currency not in {None, currency}
    return CodeProblem.FOREIGN if foreign else None


def code_sentence(problem: CodeProblem, code: DiscountCode | None, catalogue: Catalogue, city_id: str) -> str:
    """Why the code does not count, with its days and tiers as they are called in a city, or the cities it is for."""
    if code is None:
        return translate(problem.value)
    zone = catalogue.cities[city_id].time_zone
    last = code.valid_until and code.valid_until - timedelta(microseconds=1)
    return gettext(
        problem.value,
        code=code.code,
        first_day=formats.long_day(code.valid_from, zone) if code.valid_from else "",
        last_day=formats.long_day(last, zone) if last else "",
        cities=formats.listing(
            [catalogue.cities[city_id].name for city_id in code.cities if city_id in catalogue.cities]
        ),
        tiers=formats.listing([catalogue.tier_name(city_id, tier) for tier in code.tiers]),
    )


def code_key(text: str) -> str:
    """What codes are compared by."""
    return text.strip().upper()
