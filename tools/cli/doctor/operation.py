"""Looks at how it runs: services, alerts, jobs, what must always hold, and whether purchases pause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cli.doctor.check import Examined, Finding, note, well, wrong
from cli.services import plain

_SHOWN: Final = 3
_ILL: Final = frozenset({"late", "failed"})


async def services_run(examined: Examined) -> Finding:
    """Asks the monitor what every service's processes say."""
    return services_judged((await examined.document("/api/operations"))["services"])


async def alerts_open(examined: Examined) -> Finding:
    """Asks the monitor for what people must know."""
    return alerts_judged((await examined.document("/api/operations"))["alerts"])


async def jobs_ran(examined: Examined) -> Finding:
    """Asks the monitor for the jobs of all services."""
    return jobs_judged(await examined.document("/api/admin/jobs"))


async def rules_hold(examined: Examined) -> Finding:
    """Asks the monitor whether the services agree with each other."""
    return rules_judged(await examined.document("/api/invariants"))


async def purchases_go_on(examined: Examined) -> Finding:
    """Asks checkout whether somebody has paused purchases."""
    return maintenance_judged(await examined.document("/api/admin/maintenance"))


def services_judged(rows: Sequence[Mapping[str, Any]]) -> Finding:
    """Whether every service speaks, and well."""
    ill = [row for row in rows if row["status"] != "healthy"]
    lines = [f"{row['service']} {row['status']}, outbox {row['outbox']['depth']}, lag {row['lag']}" for row in rows]
    if not ill:
        return well(f"{len(rows)} are healthy", lines=lines)
    told = ", ".join(f"{row['service']} {row['status']} ({plain(row['reason'] or 'it says nothing')})" for row in ill)
    down = any(row["status"] == "unhealthy" for row in ill)
    remedy = f"fullhouse logs errors --service {ill[0]['service']}"
    return wrong(told, remedy, lines=lines) if down else note(told, remedy, lines=lines)


def alerts_judged(alerts: Sequence[Mapping[str, Any]]) -> Finding:
    """Critical ones are wrong; all others somebody should know of."""
    if not alerts:
        return well("none is open")
    first = "; ".join(plain(alert["summary"]) for alert in alerts[:_SHOWN])
    text = f"{len(alerts)} open: {first}{' …' if len(alerts) > _SHOWN else ''}"
    critical = any(alert["severity"] == "critical" for alert in alerts)
    remedy = "fullhouse status shows them with their codes; each leads to its playbook"
    return wrong(text, remedy) if critical else note(text, remedy)


def jobs_judged(answer: Mapping[str, Any]) -> Finding:
    """Whether a job is late or was given up, or a person is still waited for."""
    jobs, silent = answer["data"], answer["silent"]
    ill = [job for job in jobs if job["standing"] in _ILL]
    if silent:
        return wrong(f"{', '.join(silent)} did not tell of their jobs", "fullhouse status")
    if ill:
        told = ", ".join(f"{job['name']} of {job['service']} {job['standing']}" for job in ill)
        return wrong(told, f"fullhouse jobs history {ill[0]['name']}, then fullhouse playbook job-failed")
    reminders = [job["name"] for job in jobs if job["standing"] == "open"]
    if reminders:
        return note(f"waiting for somebody: {', '.join(reminders)}", f"fullhouse jobs done {reminders[0]} --note …")
    return well(f"{len(jobs)} jobs, none is late or failed")


def rules_judged(answer: Mapping[str, Any]) -> Finding:
    """Whether what must always hold does."""
    broken = [rule for rule in answer["rules"] if rule["state"] == "broken"]
    if broken:
        told = ", ".join(f"{rule['name']} ({rule['count']})" for rule in broken)
        return wrong(
            f"broken: {told}", "GET /api/invariants names the orders; stop selling: fullhouse maintenance start"
        )
    held = sum(rule["state"] == "holds" for rule in answer["rules"])
    return well(f"{held} of {len(answer['rules'])} were looked at, and hold")


def maintenance_judged(answer: Mapping[str, Any]) -> Finding:
    """Whether purchases pause, and why."""
    if not answer["enabled"]:
        return well("purchases go on")
    until = f", expected to end at {answer['until']}" if answer["until"] else ""
    return note(f"purchases pause by {answer['by']}: {plain(answer['reason'])}{until}", "fullhouse maintenance end")
