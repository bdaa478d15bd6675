"""The end of a run for people: what was done, what holds, and the story of what doesn't."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table

from invariants import INVARIANTS
from tests.chaos.campaign import Verdict
from tests.chaos.plan import Kind

SHOWN = 30


def tables(console: Console, verdict: Verdict) -> None:
    """What was done, then each rule with what breaks it."""
    done = Table("done", "times", "what it is")
    for kind in Kind:
        done.add_row(kind, str(verdict.done[kind]), kind.meaning)
    console.print(done)
    broken = Counter(each.invariant for each in verdict.found)
    rules = Table("invariant", "", "what holds")
    for rule in INVARIANTS:
        count = broken[rule.name]
        rules.add_row(rule.name, f"[red]{count} broken" if count else "[green]holds", rule.sentence)
    console.print(rules)


def explain(console: Console, verdict: Verdict) -> None:
    """Whatever is worth knowing beside the one line of JSON."""
    console.print(f"buyers: {dict(verdict.sales.ways)}; told to try again: {dict(verdict.sales.refusals)}")
    console.print(f"alerts: {len(verdict.desk.raised)} raised by hand, {len(verdict.evidence.alerts)} in all")
    console.print(f"longest wait for a payment page: {verdict.sales.longest:.1f} s")
    for words in verdict.sales.gave_up:
        console.print(f"[red]never got a payment page: {words}")
    if verdict.desk.gave_up:
        console.print(f"[red]{verdict.desk.gave_up} times a person on call got no answer")
    for order_id in sorted(verdict.unpaid):
        console.print(f"[red]lost: order {order_id}: Stripe has its money, and it isn't paid")
    for alert_id, (said, found) in sorted(verdict.unraised.items()):
        console.print(f"[red]lost: alert {alert_id}: the monitor had confirmed that it is {said}, and it is {found}")
    console.print(f"the monitor looked at {verdict.looked_at} the last time")
    for words in verdict.alarms:
        console.print(f"[red]false alarm: {words}", highlight=False)
    for words, count in verdict.mistakes.most_common(SHOWN):
        console.print(f"[yellow]{count} × {words}", markup=True, highlight=False)
    console.print(f"{verdict.watch.looks} looks at money, vendors and pages while everything moved")
    for each in [*verdict.watch.found.values(), *verdict.found][:SHOWN]:
        console.print(f"[red]{each.invariant}: {each.kind}: {each.subject}: {each.sentence}")
    for subject, lines in verdict.histories.items():
        console.print(f"[red]the history of {subject}, seed {verdict.seed}:")
        for line in lines:
            console.print(f"  {line}", markup=False, highlight=False)
