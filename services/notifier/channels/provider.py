"""A provider hands a channel's messages to its vendor; each vendor's file has one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from notifier.channels.domain import FindOutcome, Lookup, Message, SendOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What a provider can do as it is set up.

    updates: what became of an alert can be shown in the message or incident that told of it
    buttons: a message can have a button whose press comes back to us
    """

    updates: bool = False
    buttons: bool = False


class Provider(ABC):
    """Hands messages to a vendor. Never raises for what the network or the vendor does.

    features: what it can do as it is set up
    pings: free calls that show whether our account can send, by the vendor's name (N-9)
    """

    features: Features = Features()
    pings: Mapping[str, Callable[[], Awaitable[None]]] = MappingProxyType({})

    @abstractmethod
    async def send(self, message: Message) -> SendOutcome:
        """Raises TypeError for another channel's message."""

    @abstractmethod
    async def find(self, lookup: Lookup, /) -> FindOutcome:
        """Whether the vendor has the message, and how far it is."""

    @abstractmethod
    async def close(self) -> None:
        """Gives its connections back; the last call."""
