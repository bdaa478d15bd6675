"""What checkout reads of Kafka; docs/events is generated from it."""

from __future__ import annotations

from checkout.catalogue.memory import CatalogueMemory
from checkout.maintenance.memory import MaintenanceMemory
from checkout.orders.consumers import fulfilment_effect
from checkout.passes.consumers import passes_effect
from checkout.passes.service import PassService
from checkout.providers.memory import ProviderMemory
from eventbus import Effect, View


def subscriptions(
    memory: CatalogueMemory, maintenance: MaintenanceMemory, passes: PassService, providers: ProviderMemory
) -> tuple[Effect | View, ...]:
    """All that a process of checkout reads."""
    return (memory.view(), maintenance.view(), providers.view(), fulfilment_effect(), passes_effect(passes))
