"""Pages on which buyers choose how to pay, in each of their states, with the longest names that a provider may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from checkout.appointments.domain import Appointment, AppointmentState
from checkout.catalogue.domain import Quote, price_of
from checkout.routing.domain import Decision, PaymentOption, Way
from checkout.takings.errors import TakingFailed
from checkout.web import forms
from checkout.web.appointment_views import appointment_view
from checkout.web.forms import Problems, RegisterForm
from checkout.web.pass_offer_views import PassForm, PassOfferView, pass_row
from checkout.web.shop_views import register_view
from checkout.web.way_views import pay_options
from languages import translate
from tests.unit.checkout.samples import NOW, kind_of_pass
from tests.unit.pages.shop_states import DALLAS, PLAIN, SITE, STOCK

PROVIDER: Final = "Maximiliana Freudenberger-Schmidthausen’s studio"
_WAYS: Final = (
    Way(decision=Decision.EXTERNAL, processor="paypal", connection_id=1),
    Way(decision=Decision.EXTERNAL, processor="square", connection_id=2),
    Way(decision=Decision.PLATFORM, processor="stripe"),
)
_OF_A_PROVIDER: Final = replace(PLAIN, terms=PLAIN.terms.model_copy(update={"providers": {DALLAS.city_id: 7}}))


def _options(count: int) -> list[PaymentOption]:
    return [PaymentOption(way=each) for each in _WAYS[:count]]


def _register(options: int, *, problem: str = "", shown: str = "") -> Callable[[], bytes]:
    """`shown`: the part of the ways that the script shows while it asks again, or could not."""

    def draw() -> bytes:
        form = RegisterForm(DALLAS.city_id, tier="ga", quantity=2, payment_option="square")
        price = price_of(DALLAS.tiers["ga"], quantity=2, member=False, code=None)
        ways = pay_options(_options(options), provider=PROVIDER, business=SITE.brand.name, chosen="square")
        view = register_view(
            _OF_A_PROVIDER,
            DALLAS,
            STOCK,
            form,
            Quote(price=price),
            now=NOW,
            problems=Problems(fields={"ways": translate(problem)}) if problem else None,
            ways=ways,
        )
        page = _page(view.template, view, words=forms, phone_hint=forms.phone_hint("", region="US"), attempt="1")
        return page.replace(f"{shown} hidden".encode(), shown.encode()) if shown else page

    return draw


def _buy_pass(options: int) -> Callable[[], bytes]:
    def draw() -> bytes:
        ways = pay_options(_options(options), provider=PROVIDER, business=SITE.brand.name)
        view = PassOfferView(row=pass_row(kind_of_pass()), form=PassForm("pass", "1"), ways=ways, provided=True)
        return _page("buy_pass.html", view)

    return draw


def _appointment(state: AppointmentState, *, options: int = 0, problem: str = "") -> Callable[[], bytes]:
    found = Appointment(
        appointment_id=12,
        provider_id=7,
        customer_email="m@example.com",
        price=1_250_000,
        currency="USD",
        starts=NOW,
        state=state,
        language="en",
    )

    def draw() -> bytes:
        view = appointment_view(
            found,
            provider=PROVIDER,
            business=SITE.brand.name,
            options=_options(options),
            problem=translate(problem),
            zone="America/Chicago",
        )
        return _page("appointment.html", view)

    return draw


def _page(template: str, view: object, **context: Any) -> bytes:
    return bytes(SITE.page(template, view=view, **context).body)


STATES: Final[Mapping[str, Callable[[], bytes]]] = {
    "register, three ways to pay": _register(3),
    "register, one way to pay": _register(1),
    "register, no way to pay": _register(0),
    "register, its way to pay gone": _register(2, problem="This way to pay is not possible now. Choose another one."),
    "register, ways to pay looked up": _register(3, shown="data-ways-busy"),
    "register, ways to pay not found out": _register(3, shown="data-ways-fault"),
    "buy a pass, two ways to pay": _buy_pass(2),
    "buy a pass, one way to pay": _buy_pass(1),
    "appointment": _appointment(AppointmentState.BOOKED, options=3),
    "appointment, one way to pay": _appointment(AppointmentState.BOOKED, options=1),
    "appointment, no way to pay": _appointment(AppointmentState.BOOKED),
    "appointment, its payment page failed": _appointment(
        AppointmentState.BOOKED, options=3, problem=TakingFailed.meaning
    ),
    "appointment, paid": _appointment(AppointmentState.PAID),
    "appointment, cancelled": _appointment(AppointmentState.CANCELLED),
}
