"""Evaluates the alert rules; of several processes one at a time does it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.background import Periodic
from chassis.clock import Clock
from chassis.database import Database, Transaction
from config import Config, EvidenceKind, MeasuredRule
from events import AlertKind
from monitor.alerts import store
from monitor.alerts.domain import Alert, ConditionState, RuleAction, fingerprint, holds, matter_of, next_action
from monitor.alerts.measures.domain import Measure, Sources
from monitor.alerts.measures.table import MEASURES
from monitor.alerts.service import AlertService
from monitor.health.domain import Situation

LOOK: Final = timedelta(seconds=1)
RULE_GONE: Final = "Its rule is no longer there."
OVER: Final = "The condition is over."
WAY: Final = "rule"
# What was told of must have left the window of the next notice, and figures are kept by the minute.
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the database knows before the rules are judged, read once for all of them.

    pending: since when each condition holds that has not held for long enough, by rule and fingerprint
    alerts: the open ones, by rule
    told: fingerprints of notices that are not told again yet
    """

    pending: Mapping[str, Mapping[str, datetime]]
    alerts: Mapping[str, Sequence[Alert]]
    told: Collection[str]


class Evaluator:
    """Judges each rule at its own pace (`every`). What it knows is in the database: a restart goes on where it was.

    `config` is what is in force now; when its rules have changed, all of them are due. `evidence` gives what was found
    out for an alert that carries it, and None while that is still being found out: the alert is raised right after.
    """

    def __init__(
        self,
        alerts: AlertService,
        *,
        database: Database,
        config: Callable[[], Config],
        situation: Callable[[], Situation | None],
        clock: Clock,
        evidence: Callable[[EvidenceKind], Sequence[str] | None],
        measures: Mapping[str, Measure] = MEASURES,
    ) -> None:
        self._alerts = alerts
        self._database = database
        self._config = config
        self._situation = situation
        self._clock = clock
        self._evidence = evidence
        self._measures = measures
        self._rules: Mapping[str, MeasuredRule] = {}
        self._next: dict[str, datetime] = {}

    def periodic(self) -> Periodic:
        return Periodic("alert rules", LOOK, self.look)

    async def look(self) -> None:
        """Evaluates the rules that are due. Another process that is at it right now does it for all."""
        now, rules = self._clock.now(), self._config().alert_rules.rules
        if rules is not self._rules:
            self._rules, self._next = rules, {}
        due = {name: rule for name, rule in rules.items() if now >= self._next.get(name, now)}
        if not due:
            return
        awaited: set[str] = set()
        async with self._database.transaction() as tx:
            if await store.try_alone(tx):
                known = await _known(tx, due, now)
                awaited = {name for name, rule in due.items() if await self._evaluate(tx, name, rule, known, now)}
                await self._end_orphans(tx, rules, known)
        later = {name: now + rule.every for name, rule in due.items() if name not in awaited}
        self._next = {**self._next, **dict.fromkeys(awaited, now), **later}

    async def _end_orphans(self, tx: Transaction, rules: Mapping[str, MeasuredRule], known: _Known) -> None:
        """Ends alerts of rules that were taken away: nobody else would."""
        if known.pending.keys() - rules.keys():
            await store.forget_other_rules(tx, list(rules))
        if known.alerts.keys() - rules.keys():
            for alert_id in await store.orphans(tx, list(rules), way=WAY):
                await self._alerts.resolve(tx, alert_id, way=WAY, reason=RULE_GONE)

    async def _evaluate(self, tx: Transaction, name: str, rule: MeasuredRule, known: _Known, now: datetime) -> bool:
        """Whether an alert is to be raised as soon as its evidence is there; nothing of it is kept until then."""
        situation, awaits = self._situation(), False
        if situation is None:
            return awaits
        sources = Sources(reader=tx, situation=situation, over=rule.over or timedelta(0))
        found = await self._measures[rule.figure].read(sources)
        readings = {fingerprint(name, each.labels): each for each in found}
        pending = known.pending.get(name, {})
        alerts = {alert.matter.fingerprint: alert for alert in known.alerts.get(name, ())}
        # What is no longer told of has nothing wrong with it any more.
        for key in {*readings, *pending, *alerts}:
            reading, state = readings.get(key), _state_of(pending.get(key), alerts.get(key))
            breached = holds(rule, reading) if reading and key not in known.told else False
            action = next_action(rule, state, breached=breached, now=now)
            if action is RuleAction.RAISE and reading:
                evidence = self._evidence(rule.evidence) if rule.evidence else ()
                if evidence is None:
                    awaits = True
                    continue
                await self._alerts.raise_(tx, matter_of(name, rule, reading, evidence=tuple(evidence)), way=WAY)
            await _keep(tx, action, key, rule=name, state=state, now=now)
            if action is RuleAction.RESOLVE and state.alert_id:
                await self._alerts.resolve(tx, state.alert_id, way=WAY, reason=OVER)
        return awaits


async def _known(tx: Transaction, due: Mapping[str, MeasuredRule], now: datetime) -> _Known:
    notices = {
        name: now - rule.over - _MINUTE
        for name, rule in due.items()
        if rule.kind is AlertKind.NOTICE and rule.over is not None
    }
    return _Known(
        pending=await store.pending_by_rule(tx),
        alerts=await store.open_by_rule(tx),
        told=await store.raised_since(tx, notices) if notices else frozenset(),
    )


async def _keep(
    tx: Transaction, action: RuleAction, key: str, *, rule: str, state: ConditionState, now: datetime
) -> None:
    """Writes down what the next evaluation must know."""
    if action is RuleAction.WAIT:
        await store.wait(tx, key, rule=rule, since=now)
    elif action in {RuleAction.FORGET, RuleAction.RAISE}:
        await store.forget(tx, key)
    elif action in {RuleAction.CLEAR, RuleAction.HOLD} and state.alert_id:
        await store.set_clear_since(tx, state.alert_id, now if action is RuleAction.CLEAR else None)


def _state_of(pending_since: datetime | None, alert: Alert | None) -> ConditionState:
    if alert is None:
        return ConditionState(pending_since=pending_since)
    return ConditionState(alert_id=alert.id, clear_since=alert.clear_since)
