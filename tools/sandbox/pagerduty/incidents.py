"""What becomes of events: incidents that are triggered, acknowledged and resolved."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import TypeAdapter

from sandbox.core.http import Record
from sandbox.core.keeping import Facts
from sandbox.core.messages import KEPT, Channel, Message, iso
from sandbox.pagerduty.events import Action, Event
from sandbox.pagerduty.webhooks import Agent, IncidentWebhooks
from sandbox.world import World

TAKES = 0.05
"""Seconds from the answer to an event until it is worked off: the API is asynchronous."""
ON_CALL = "on-call"


_EVENTS = TypeAdapter(Event)


class Status(StrEnum):
    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


_AFTER = {Action.ACKNOWLEDGE: Status.ACKNOWLEDGED, Action.RESOLVE: Status.RESOLVED}


@dataclass(slots=True)
class Incident:
    """One page to whoever is on call; `log` says what happened to it, the newest last."""

    id: str
    number: int
    routing_key: str
    dedup_key: str
    title: str
    severity: str
    source: str
    created: float
    status: Status = Status.TRIGGERED
    triggers: int = 1
    details: Record = field(default_factory=dict)
    links: tuple[Record, ...] = ()
    log: list[tuple[float, str]] = field(default_factory=list)

    def as_json(self) -> Record:
        """For the control API."""
        return {
            "id": self.id, "number": self.number, "dedupKey": self.dedup_key, "title": self.title,
            "severity": self.severity, "source": self.source, "status": self.status.value, "triggers": self.triggers,
            "details": self.details, "links": list(self.links), "createdAt": iso(self.created),
            "log": [{"at": iso(at), "what": what} for at, what in self.log],
        }  # fmt: skip


class Incidents:
    """All incidents of one account. An open one is found by routing key and dedup key together."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._webhooks = IncidentWebhooks(world)
        self._all: dict[str, Incident] = world.keep.shelf("pagerduty.incidents", Incident)
        self._open: dict[tuple[str, str], str] = {
            (each.routing_key, each.dedup_key): each.id
            for each in self._all.values()
            if each.status is not Status.RESOLVED
        }
        self._count = max((each.number for each in self._all.values()), default=0)
        self._overlooked = Facts(world.keep, "pagerduty.overlooked")
        world.timers.names(work_page=self._work)

    @property
    def overlooked(self) -> int:
        """Acknowledgements and resolutions of what isn't open: PagerDuty takes and drops them."""
        return self._overlooked.get("count", int)

    def newest(self) -> list[Incident]:
        return list(reversed(self._all.values()))

    def find(self, incident_id: str) -> Incident | None:
        return self._all.get(incident_id)

    def take(self, event: Event) -> str:
        """Queue the event; the dedup key, made here where the event has none."""
        dedup_key = event.dedup_key or uuid.uuid4().hex
        self.world.timers.later(TAKES, "work_page", _EVENTS.dump_json(event).decode(), dedup_key)
        return dedup_key

    def act(self, incident: Incident, action: Action, *, by: str) -> bool:
        """A person acknowledges or resolves; False when that is done already."""
        return self._move(incident, _AFTER[action], Agent.person(by))

    async def _work(self, given: str, dedup_key: str) -> None:
        event = _EVENTS.validate_json(given)
        incident = self._all.get(self._open.get((event.routing_key, dedup_key), ""))
        if event.action is Action.TRIGGER:
            self._again(incident, event) if incident else self._new(event, dedup_key)
        elif incident is None:
            self._overlooked.set("count", self.overlooked + 1)
        else:
            self._move(incident, _AFTER[event.action], Agent.integration())

    def _new(self, event: Event, dedup_key: str) -> None:
        self._count += 1
        incident = Incident(
            id=self.world.ids.base62("Q", 13).upper(), number=self._count, routing_key=event.routing_key,
            dedup_key=dedup_key, title=event.summary, severity=event.severity, source=event.source,
            created=self.world.timers.wall(), details=event.details, links=event.links,
        )  # fmt: skip
        self._all[incident.id], self._open[event.routing_key, dedup_key] = incident, incident.id
        if len(self._all) > KEPT:
            self._forget(next(iter(self._all)))
        self._note(incident, "Triggered")
        self._show(incident)
        self._tell(incident, Agent.integration())

    def _again(self, incident: Incident, event: Event) -> None:
        """Another trigger is only an entry in the log: nobody is paged twice."""
        incident.triggers += 1
        self._note(incident, f"Triggered again: {event.summary}")

    def _move(self, incident: Incident, status: Status, agent: Agent) -> bool:
        if incident.status in (status, Status.RESOLVED):
            return False
        incident.status = status
        if status is Status.RESOLVED:
            self._open.pop((incident.routing_key, incident.dedup_key), None)
        self._note(incident, f"{status.value.capitalize()} by {agent.name}")
        self.world.messages.set_status(incident.id, status.value)
        self._tell(incident, agent)
        return True

    def _forget(self, incident_id: str) -> None:
        gone = self._all.pop(incident_id)
        if self._open.get((gone.routing_key, gone.dedup_key)) == gone.id:
            del self._open[gone.routing_key, gone.dedup_key]

    def _note(self, incident: Incident, what: str) -> None:
        incident.log.append((self.world.timers.wall(), what))

    def _show(self, incident: Incident) -> None:
        details = "\n".join(f"{name}: {value}" for name, value in incident.details.items())
        self.world.messages.add(
            Message(
                id=incident.id,
                channel=Channel.PAGERDUTY,
                to=ON_CALL,
                sender=incident.source,
                text="\n".join(part for part in (incident.title, details) if part),
                status=incident.status.value,
                timestamp=incident.created,
                subject=incident.title,
            )
        )

    def _tell(self, incident: Incident, agent: Agent) -> None:
        facts = {
            "id": incident.id, "number": incident.number, "status": incident.status.value, "title": incident.title,
            "incident_key": incident.dedup_key, "created_at": iso(incident.created),
            "urgency": "high" if incident.severity in ("critical", "error") else "low",
        }  # fmt: skip
        self._webhooks.send(f"incident.{incident.status.value}", facts, agent)
