"""Pages of providers in each of their states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from chassis.formats import zoned_time
from checkout.providers.domain import PaymentMode, Provider, ProviderSettings
from checkout.staff.own_pages import PROVIDERS, own_pages, provider_address
from checkout.staff.provider_forms import SettingsForm
from checkout.staff.provider_views import MODES, form_of, places, provider_rows, setting_rows
from tests.unit.monitor.samples import NOW
from tests.unit.pages.staff_states import PERSON, STAFF, ZONE

_LONG_NAME: Final = "Freudenberger-Schmidthausen, Friseurmeisterinnen und Barbiere am Marktplatz"
SETTINGS: Final = replace(ProviderSettings.default("USD"), payment_mode=PaymentMode.HYBRID, preferred=("square",))
PROVIDER: Final = Provider(provider_id=7, name=_LONG_NAME, email=PERSON, settings=SETTINGS)


def _page(template: str, **context: Any) -> bytes:
    return bytes(STAFF.page(template, person=PERSON, at=zoned_time(NOW, ZONE), **context).body)


def _settings(
    *,
    own: bool = True,
    may: bool = True,
    typed: SettingsForm | None = None,
    problems: Mapping[str, str] | None = None,
    after: ProviderSettings | None = None,
    done: bool = False,
) -> Callable[[], bytes]:
    typed = typed or form_of(after or SETTINGS)
    return lambda: _page(
        "provider.html",
        own_pages=own_pages(7 if own else None),
        home=provider_address(7) if own else PROVIDERS,
        provider=PROVIDER,
        currency="USD",
        settings=setting_rows(SETTINGS),
        may=may,
        may_set_commission=may and not own,
        typed=typed,
        modes=[(mode.value, word) for mode, word in MODES.items()],
        places=places(typed, ("square", "stripe", "paypal")),
        problems=problems or {},
        asked=after is not None,
        changes=setting_rows(SETTINGS, after) if after else [],
        done=done,
    )


_WRONG: Final = SettingsForm(payment_mode="hybrid", min_external_amount="a few", max_platform_amount="9,99")
_OTHER: Final = replace(
    SETTINGS,
    payment_mode=PaymentMode.DECENTRALIZED,
    min_external=123_456,
    commission_ppm=125_000,
    preferred=("paypal", "stripe", "platform"),
    fallback=False,
)
# A state of a page is a line here.
STATES: Final[Mapping[str, Callable[[], bytes]]] = {
    "providers": lambda: _page(
        "providers.html", rows=provider_rows([PROVIDER, replace(PROVIDER, settings=None)], "USD"), more="?after=7"
    ),
    "providers, none": lambda: _page("providers.html", rows=[], more=None),
    "own settings": _settings(),
    "own settings, saved": _settings(done=True),
    "own settings, asked": _settings(after=_OTHER),
    "own settings, nothing to change": _settings(after=SETTINGS),
    "own settings, wrong": _settings(
        typed=_WRONG,
        problems={
            "min_external_amount": "Write an amount in USD, such as 49.90.",
            "max_platform_amount": "Write an amount in USD, such as 49.90.",
            "preferred_processors": "Name each processor once.",
        },
    ),
    "settings, for an admin": _settings(own=False, after=_OTHER),
    "settings, to look at": _settings(own=False, may=False),
}
