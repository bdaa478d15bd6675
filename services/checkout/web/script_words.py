"""The texts that scripts of buyers' pages say: JSON for a `data-words`, escaped once a language; `words.js` reads it.

Their values stand as `%(name)s` until the script knows them. A text with a number is a map of its forms by the
names of Unicode's plural rules, which browsers know, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from markupsafe import Markup, escape

from languages import Language, current, gettext, ngettext, pgettext

Words = Mapping[str, str | Mapping[str, str]]
# Among these is a number of each kind that the plural rules of any language tell apart.
_NUMBERS: Final = range(200)


_COUNT: Final = {"count": "%(count)s"}


def register_words() -> Markup:
    """What `register.js` says."""
    return _json(_register, current())


def hold_words() -> Markup:
    """What `hold.js` says."""
    return _json(_hold, current())


def offer_words() -> Markup:
    """What `hold.js` says of seats that are offered to somebody in line."""
    return _json(_offer, current())


@lru_cache(maxsize=64)
def _json(words: Callable[[], Words], _language: Language) -> Markup:
    return escape(json.dumps(words(), ensure_ascii=False, separators=(",", ":")))


def _forms(text: Callable[[int], str]) -> Mapping[str, str]:
    kind_of = current().locale.plural_form
    return {kind_of(number): text(number) for number in reversed(_NUMBERS)}


def _offer() -> Words:
    return {**_hold(), "gone": gettext("Your offer is over. The seats went to the next in line.")}


def _hold() -> Words:
    return {
        "gone": gettext("Your seats went back on sale. Choose again."),
        "left": _forms(
            lambda number: ngettext(
                "Your seats are held for %(count)s more minute.",
                "Your seats are held for %(count)s more minutes.",
                number,
                **_COUNT,
            )
        ),
    }


def _register() -> Words:
    return {**_prices(), **_paying(), **_taken()}


def _prices() -> Words:
    return {
        "seats": _forms(lambda number: ngettext("%(count)s seat", "%(count)s seats", number, **_COUNT)),
        "upTo": gettext("Up to %(count)s in one order.", **_COUNT),
        "one": gettext("Member price applied to your seat."),
        "both": gettext("Member price applied to both seats."),
        "all": gettext("Member price applied to all %(count)s seats.", **_COUNT),
        "member": gettext("member"),
        "memberPrice": gettext("Member price, %(saving)s", saving="%(saving)s"),
        "fees": gettext("Fees"),
        "noTicket": gettext("No ticket chosen"),
        "inAll": gettext("%(seats)s, %(total)s in all.", seats="%(seats)s", total="%(total)s"),
        "codeUnchecked": gettext("We could not check the code. Try again in a minute."),
    }


def _paying() -> Words:
    return {
        "check": gettext("Please check these before payment:"),
        "get": gettext("Get tickets"),
        "pay": gettext("Go to payment"),
        "holding": gettext("Holding seats…"),
        "holdingSeats": gettext("Holding your seats."),
        "opening": gettext("Opening payment…"),
        "stillOpening": gettext("Still opening the payment page. It may take up to 20 seconds."),
        "unreachable": gettext("We can’t reach the shop right now. Nothing was charged. Try again in a minute."),
        "place": gettext("Number %(count)s in line", **_COUNT),
        "inLine": gettext("In line…"),
        "waiting": gettext(
            "Many people are paying right now. You are number %(count)s in line. Your seats are held, and payment opens"
            " by itself.",
            **_COUNT,
        ),
    }


def _taken() -> Words:
    """How few are left, as `shop_views` says it."""
    left: dict[str, Any] = {"left": "%(left)s"}
    return {
        "left": _forms(lambda number: ngettext("%(count)s seat is left", "%(count)s seats are left", number, **_COUNT)),
        "tierLeft": _forms(
            lambda number: ngettext(
                "%(count)s %(tier)s seat is left",
                "%(count)s %(tier)s seats are left",
                number,
                **_COUNT,
                tier="%(tier)s",
            )
        ),
        "leftSentence": pgettext("sentence", "%(left)s.", **left),
        "faster": gettext(
            "Someone was faster: only %(left)s here. Your order is for %(seats)s now.", seats="%(seats)s", **left
        ),
        "taken": gettext("Someone took the last %(tier)s seats a moment ago.", tier="%(tier)s"),
        "and": gettext("%(names)s and %(last)s", names="%(names)s", last="%(last)s"),
    }
