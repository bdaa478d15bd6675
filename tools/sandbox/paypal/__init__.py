"""The stand-in for PayPal (S-1): its REST API, its sellers and apps, and the webhooks that it signs."""

from __future__ import annotations
