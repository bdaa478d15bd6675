"""Why a purchase comes to nothing, each with what the buyer can do (C-13)."""

from __future__ import annotations

from chassis.errors import Condition


class SoldOut(Condition):
    status = 409
    code = "sold_out"
    title = "Not enough seats are left"
    meaning = "Fewer seats are left than you asked for."
    remedy = "Take what `available` still has, or join the waiting list at `waitlistUrl`."


class PaymentProcessingFailed(Condition):
    status = 502
    code = "payment_processing_failed"
    title = "Payment processing failed"
    meaning = "The payment processor refused or failed. Nothing was charged, and the seats were given back."
    remedy = "Wait as long as Retry-After says and try again."


class PaymentProviderBusy(Condition):
    status = 503
    code = "payment_provider_busy"
    title = "The payment processor is busy"
    meaning = "The payment processor is too slow right now, or too many people pay at once. Nothing was charged."
    remedy = "Wait as long as Retry-After says and try again, with the same Idempotency-Key."


class IdempotencyKeyReused(Condition):
    status = 422
    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used for something else"
    meaning = "The same key came with another body within 24 hours."
    remedy = "Use a new key for a new order, and the same key only to repeat the same one."


class InProgress(Condition):
    status = 409
    code = "in_progress"
    title = "The first request is still running"
    meaning = "A request with this Idempotency-Key is still being worked on."
    remedy = "Wait as long as Retry-After says and repeat it."


class InventoryUnavailable(Condition):
    status = 503
    code = "service_unavailable"
    title = "A part we need is not reachable"
    meaning = "The seats can't be held right now."
    remedy = "Wait as long as Retry-After says and try again."
