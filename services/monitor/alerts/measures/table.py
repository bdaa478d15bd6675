"""Each figure that a rule may name, once: how it is measured, and what a rule on it must look like.

Search for a figure's name to find its row; the row names its function, which stands in a file beside this one. A rule
on a figure that nobody measures yet, such as more than three refunds in an hour, takes:

1. `figures/service.py`: a function that sums up what is counted; `refunds` is there, less what failed later.
2. `alerts/measures/payments.py`: the function `refunds`, which makes a reading of it.
3. Here: the row `"refunds": Measure(payments.refunds, _COUNTED)`.
4. `deploy/config/alert-rules.yaml`: the rule, with `figure: refunds`, `over: 1h` and `above: 3`.

What nothing counts yet takes a row in `figures/counting.py` as well. A rule on any other figure is refused when the
file is loaded, since `config.load` is given `FORMS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from config import FigureForm, Unit
from monitor.alerts.measures import (
    commission,
    connections,
    counted,
    instances,
    invariants,
    jobs,
    payment_checks,
    payments,
    stock,
    visits,
)
from monitor.alerts.measures.domain import Measure

_RATE: Final = FigureForm(unit=Unit.PER_CENT, windowed=True)
_COUNTED: Final = FigureForm(unit=Unit.COUNT, windowed=True)
_OF_INVARIANTS: Final = FigureForm(unit=Unit.COUNT, labels=frozenset({"invariant"}), words=frozenset({"subjects"}))
_OF_GROUPS: Final = FigureForm(unit=Unit.COUNT, labels=frozenset({"service", "group"}))

MEASURES: Final[Mapping[str, Measure]] = MappingProxyType(
    {
        "payment_success_rate": Measure(payments.success_rate, _RATE),
        "payment_failure_rate": Measure(payments.failure_rate, _RATE),
        "second_charges": Measure(payments.second_charges, _COUNTED),
        "second_charges_refused": Measure(payments.second_charges_refused, _COUNTED),
        "refunds_refused": Measure(payments.refunds_refused, _COUNTED),
        "refunds_failed": Measure(payments.refunds_failed, _COUNTED),
        "payments_mismatched": Measure(payments.payments_mismatched, _COUNTED),
        "payment_inquiries": Measure(payments.inquiries, _COUNTED),
        "differences": Measure(
            payments.differences,
            FigureForm(unit=Unit.COUNT, windowed=True, words=frozenset({"mended", "left"})),
        ),
        "accounts_unreadable": Measure(
            payments.accounts_unreadable,
            FigureForm(unit=Unit.COUNT, windowed=True, labels=frozenset({"account"})),
        ),
        "failed_connections": Measure(
            connections.failed_connections,
            FigureForm(
                unit=Unit.COUNT,
                labels=frozenset({"connection"}),
                words=frozenset({"provider", "processor", "status"}),
            ),
        ),
        "failed_payment_checks": Measure(
            payment_checks.failed_payment_checks,
            FigureForm(unit=Unit.COUNT, labels=frozenset({"check"}), words=frozenset({"problem"})),
        ),
        "inactive_connections": Measure(
            payment_checks.inactive_connections, FigureForm(unit=Unit.COUNT, words=frozenset({"problem"}))
        ),
        "refunds_standing": Measure(
            payment_checks.refunds_standing, FigureForm(unit=Unit.COUNT, words=frozenset({"problem"}))
        ),
        "connections_without_webhooks": Measure(
            payment_checks.connections_without_webhooks, FigureForm(unit=Unit.COUNT, words=frozenset({"problem"}))
        ),
        "commission_back": Measure(commission.commission_back, _COUNTED),
        "collections_failed": Measure(commission.collections_failed, _COUNTED),
        "commission_blocked": Measure(
            commission.commission_blocked,
            FigureForm(unit=Unit.COUNT, windowed=True, labels=frozenset({"currency"}), words=frozenset({"providers"})),
        ),
        "invoices_overdue": Measure(commission.invoices_overdue, FigureForm(unit=Unit.COUNT)),
        "collections_stuck": Measure(commission.collections_stuck, FigureForm(unit=Unit.COUNT)),
        "webhook_success_rate": Measure(payments.webhook_success, _RATE),
        "until_sold_out": Measure(stock.until_sold_out, FigureForm(unit=Unit.SECONDS, labels=frozenset({"city"}))),
        "sales_pace": Measure(
            stock.sales_pace,
            FigureForm(
                unit=Unit.COUNT, windowed=True, labels=frozenset({"city"}), words=frozenset({"tickets", "usual"})
            ),
        ),
        "funnel_drop_off": Measure(
            visits.drop_off,
            FigureForm(
                unit=Unit.PER_CENT, windowed=True, labels=frozenset({"step"}), words=frozenset({"before", "lost"})
            ),
        ),
        "payment_completion": Measure(visits.completion, _RATE),
        "support_volume": Measure(
            visits.support_volume,
            FigureForm(unit=Unit.PER_CENT, windowed=True, words=frozenset({"asked", "paid"})),
        ),
        "missing_purchases": Measure(visits.missing_purchases, _COUNTED),
        "unknown_missing_purchases": Measure(visits.unknown_missing_purchases, _COUNTED),
        "conversion_drop": Measure(
            visits.conversion_drop,
            FigureForm(unit=Unit.PER_CENT, windowed=True, words=frozenset({"share", "usual"})),
        ),
        "payment_processing_average": Measure(payments.processing_average, _COUNTED),
        "payment_processing_p95": Measure(payments.processing_p95, _COUNTED),
        "refund_rate": Measure(payments.refund_rate, _RATE),
        "dispute_rate": Measure(payments.dispute_rate, _RATE),
        "web_vitals": Measure(
            visits.web_vitals,
            FigureForm(unit=Unit.COUNT, windowed=True, labels=frozenset({"vital"}), words=frozenset({"p75", "page"})),
        ),
        "dead_letters": Measure(instances.dead_letters, _OF_GROUPS),
        "stopped_groups": Measure(instances.stopped_groups, _OF_GROUPS),
        "refused_events": Measure(instances.refused_events, FigureForm(unit=Unit.COUNT, labels=frozenset({"service"}))),
        "consumer_behind": Measure(
            instances.consumer_behind, FigureForm(unit=Unit.SECONDS, labels=frozenset({"service", "group"}))
        ),
        "service_silence": Measure(
            instances.service_silence, FigureForm(unit=Unit.SECONDS, labels=frozenset({"service"}))
        ),
        "late_jobs": Measure(jobs.late_jobs, FigureForm(unit=Unit.SECONDS, labels=frozenset({"service", "job"}))),
        "failed_jobs": Measure(jobs.failed_jobs, FigureForm(unit=Unit.COUNT, labels=frozenset({"service", "job"}))),
        "secret_age": Measure(instances.secret_age, FigureForm(unit=Unit.SECONDS, labels=frozenset({"variable"}))),
        "broken_invariants": Measure(invariants.broken_invariants, _OF_INVARIANTS),
        "late_fulfilments": Measure(
            invariants.late_fulfilments, FigureForm(unit=Unit.COUNT, words=frozenset({"subjects"}))
        ),
        "inventory_negative": Measure(invariants.wrong_pools, _OF_INVARIANTS),
        "inventory_sync_failed": Measure(counted.errors("inventory_errors/inventory_sync_failed"), _COUNTED),
        "concurrent_purchase_conflict": Measure(
            counted.errors("inventory_errors/concurrent_purchase_conflict"), _COUNTED
        ),
        "reservation_expired": Measure(counted.errors("inventory_errors/reservation_expired"), _COUNTED),
        "fraud_suspected": Measure(
            counted.fraud_suspected, FigureForm(unit=Unit.COUNT, windowed=True, labels=frozenset({"rule"}))
        ),
        "expansions_refused": Measure(
            counted.expansions_refused, FigureForm(unit=Unit.COUNT, windowed=True, labels=frozenset({"actor"}))
        ),
    }
)
FORMS: Final[Mapping[str, FigureForm]] = MappingProxyType({name: each.form for name, each in MEASURES.items()})
