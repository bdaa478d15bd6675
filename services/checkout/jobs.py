"""All work that checkout does at set times."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from chassis.clock import Clock
from chassis.jobs import Job
from checkout.blocks import jobs as blocks_jobs
from checkout.commission import jobs as commission_jobs
from checkout.connections import jobs as connections_jobs
from checkout.endpoints import jobs as endpoints_jobs
from checkout.feedback import jobs as feedback_jobs
from checkout.parts import Parts
from checkout.passes import jobs as passes_jobs
from checkout.polls import jobs as polls_jobs
from checkout.purchases import jobs as purchases_jobs
from checkout.reconciliation import jobs as reconciliation_jobs
from checkout.revenue import jobs as revenue_jobs
from checkout.support import jobs as support_jobs
from checkout.takings import jobs as takings_jobs
from checkout.transactions import jobs as transactions_jobs
from checkout.webhooks import jobs as webhooks_jobs
from config import Abuse


def jobs(parts: Parts, clock: Clock, *, zone: ZoneInfo, rules: Callable[[], Abuse]) -> tuple[Job, ...]:
    """Those of every room. `zone`: the business's; `rules`: those of abuse.yaml, as they are now."""
    collected = parts.hybrid.collected
    return (
        *blocks_jobs.jobs(parts.database, clock, rules=rules),
        *passes_jobs.jobs(parts.database, parts.passes, notice=lambda: parts.memory.current.terms.pass_notice),
        *polls_jobs.jobs(parts.pending),
        *reconciliation_jobs.jobs(
            parts.database, parts.reconciliation, clock, wake=parts.reconciliation_worker.due.wake
        ),
        *feedback_jobs.jobs(parts.database, clock),
        *support_jobs.jobs(parts.database, clock),
        *purchases_jobs.jobs(parts.database, clock),
        *webhooks_jobs.jobs(parts.refusals),
        *endpoints_jobs.jobs(parts.examination),
        *connections_jobs.jobs(parts.database, clock, wake=parts.hybrid.care.due.wake),
        *commission_jobs.jobs(parts.database, collected.collecting, collected.collector, zone=zone),
        *takings_jobs.jobs(parts.database, zone=zone),
        *revenue_jobs.jobs(parts.hybrid.revenue),
        *transactions_jobs.jobs(parts.database, parts.hybrid.work, clock, fees=parts.hybrid.fees, zone=zone),
    )
