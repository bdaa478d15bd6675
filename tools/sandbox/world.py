"""What all stand-ins of one sandbox share."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.core.clock import Timers
from sandbox.core.faults import Faults
from sandbox.core.gate import Gate
from sandbox.core.ids import Ids
from sandbox.core.keeping import Keep, StateFile
from sandbox.core.limits import EndpointLimits
from sandbox.core.messages import MessageStore
from sandbox.core.webhooks import WebhookSender
from sandbox.settings import LIKE_STRIPE_LATENCY, LIKE_STRIPE_RATE, SandboxSettings


@dataclass(frozen=True, slots=True)
class World:
    """One sandbox: its settings, memory, clock, faults, callbacks and what was sent."""

    settings: SandboxSettings
    keep: Keep
    timers: Timers
    ids: Ids
    faults: Faults
    webhooks: WebhookSender
    gate: Gate
    stripe_gate: Gate
    messages: MessageStore

    @classmethod
    def make(cls, settings: SandboxSettings) -> World:
        """Raises SettingsError for a state file that can't be used."""
        keep = StateFile(settings.sandbox_state_file) if settings.sandbox_state_file else Keep()
        timers, faults = Timers(keep), Faults(keep)
        limits = EndpointLimits(timers, rate=LIKE_STRIPE_RATE) if settings.sandbox_like_stripe else None
        latency = LIKE_STRIPE_LATENCY if settings.sandbox_like_stripe else 0.0
        return cls(
            settings=settings,
            keep=keep,
            timers=timers,
            ids=Ids(),
            faults=faults,
            webhooks=WebhookSender(timers, faults, keep=keep),
            gate=Gate(faults, limits=None, latency=0.0),
            stripe_gate=Gate(faults, limits=limits, latency=latency),
            messages=MessageStore(keep),
        )
