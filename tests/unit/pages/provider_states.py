"""Pages of providers in each of their states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from chassis.formats import zoned_time
from checkout.commission.domain import Collection, CollectionBlock, CollectionState, CollectionWay
from checkout.processors.domain import PaymentStatus
from checkout.providers.domain import PaymentMode, Provider, ProviderSettings
from checkout.revenue.domain import RevenueRow, Source, Span
from checkout.staff.money_views import (
    COLLECTED,
    COLLECTIONS,
    PAID,
    TRANSACTIONS,
    collection_rows,
    state_choices,
    transaction_rows,
)
from checkout.staff.own_pages import PROVIDERS, own_pages, provider_address
from checkout.staff.provider_forms import SettingsForm
from checkout.staff.provider_views import MODES, form_of, places, provider_rows, setting_rows
from checkout.staff.revenue_views import PERIODS, boards, freshness
from checkout.transactions.domain import ExternalTransaction, KnownBy
from tests.unit.monitor.samples import NOW
from tests.unit.pages.staff_states import PERSON, STAFF, ZONE

_LONG_NAME: Final = "Freudenberger-Schmidthausen, Friseurmeisterinnen und Barbiere am Marktplatz"
TODAY: Final = NOW.date()
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


def _transactions(*, own: bool) -> bytes:
    paid = ExternalTransaction(
        transaction_id=9,
        connection_id=3,
        provider_id=7,
        processor="square",
        payment_id="R2B3Z8WMVt3EAmzYWLZvz7Y69EbZY",
        state=PaymentStatus.COMPLETED,
        amount=12_345_678,
        refunded=5_000,
        currency="USD",
        fee=320,
        appointment_id=12,
        created_at=NOW,
        changed_at=NOW,
        seen_at=NOW,
        known_by=KnownBy.SYNC,
    )
    found = [paid, *(replace(paid, state=state, refunded=0, fee=None, appointment_id=None) for state in PaymentStatus)]
    return _page(
        "transactions.html",
        own_pages=own_pages(7 if own else None),
        choices=state_choices(TRANSACTIONS, PAID, None),
        narrowed=False,
        rows=transaction_rows(found, now=NOW, zone=STAFF.zone),
        older=f"{TRANSACTIONS}?before=9",
    )


def _collections(*, own: bool) -> bytes:
    due = Collection(
        collection_id=41,
        provider_id=7,
        currency="USD",
        number=3,
        mark="m1",
        period_from=NOW - timedelta(days=7),
        period_to=NOW,
        transactions=1_234,
        volume=98_765_432,
        commission=12_345_679,
        at_source=500,
        correction=-2_500,
        carried=0,
        amount=12_342_679,
        state=CollectionState.PENDING,
        blocked_by=CollectionBlock.DETAILS_MISSING,
        failed_cause=None,
        failed_reason=None,
        way=None,
        account_id=None,
        charge_id=None,
        invoice_id=None,
        invoice_number=None,
        invoice_url=None,
        payable_until=None,
        collected=None,
        tries=0,
        key_number=1,
        version=1,
        created_at=NOW,
        processing_since=None,
        settled_at=None,
    )
    failed = replace(due, state=CollectionState.FAILED, blocked_by=None, failed_reason="The account has too little.")
    invoiced = replace(
        due,
        state=CollectionState.PROCESSING,
        way=CollectionWay.INVOICE,
        invoice_number="B7C2D9E1-0012",
        invoice_url="https://invoice.example.com/i/acct_1/live_1",
        payable_until=NOW + timedelta(days=14),
    )
    went_back = replace(
        invoiced, state=CollectionState.COMPLETED, returned=9_876_543, forgiven=1_234_567, disputed=1_231_569
    )
    rest = [replace(due, state=state, blocked_by=None, correction=0, at_source=0) for state in CollectionState]
    return _page(
        "collections.html",
        own_pages=own_pages(7 if own else None),
        choices=state_choices(COLLECTIONS, COLLECTED, CollectionState.FAILED),
        narrowed=True,
        all_known=True,
        rows=collection_rows([due, failed, invoiced, went_back, *rest], zone=STAFF.zone),
        older=f"{COLLECTIONS}?before=41",
    )


def _analytics(*rows: RevenueRow, own: bool = False, late: bool = False) -> Callable[[], bytes]:
    as_of, _ = freshness(None if late else NOW, now=NOW, zone=STAFF.zone)
    return lambda: _page(
        "analytics.html",
        own_pages=own_pages(7 if own else None),
        days=30,
        periods=PERIODS,
        as_of=as_of,
        late=late,
        boards=boards(rows, Span(since=TODAY - timedelta(days=29), until=TODAY)),
    )


def _month() -> list[RevenueRow]:
    ours = RevenueRow(
        day=TODAY,
        source=Source.PLATFORM,
        provider_id=0,
        processor="stripe",
        currency="USD",
        commission_ppm=0,
        payments=12,
        paid=1_234_500,
        refunded=59_900,
        disputed=0,
        fees=36_160,
        at_source=0,
    )
    theirs = replace(ours, source=Source.EXTERNAL, provider_id=7, processor="square", commission_ppm=125_000)
    days = [TODAY - timedelta(days=ago) for ago in range(30) if ago % 6 != 1]
    found = []
    for at, day in enumerate(days):
        found.append(replace(ours, day=day, paid=1_234_500 * (at % 7 + 1)))
        found.append(replace(theirs, day=day, paid=345_600 * (at % 5 + 1), provider_id=7 + at % 3))
    found.append(replace(ours, day=days[3], currency="JPY", paid=0, refunded=98_000))
    return found


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
    "transactions": partial(_transactions, own=False),
    "own transactions": partial(_transactions, own=True),
    "transactions, none": lambda: _page("transactions.html", rows=[], choices=[], narrowed=False),
    "collections": partial(_collections, own=False),
    "own collections": partial(_collections, own=True),
    "collections, none fits": lambda: _page("collections.html", rows=[], choices=[], narrowed=True, all_known=True),
    "collections, being read": lambda: _page("collections.html", rows=[], choices=[], narrowed=False, all_known=False),
    "analytics": _analytics(*_month()),
    "own analytics": _analytics(*_month(), own=True),
    "analytics, none and late": _analytics(late=True),
}
