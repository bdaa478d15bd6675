"""The stand-in for Square: sellers' accounts, payment links, payments, refunds, OAuth and webhooks."""

from __future__ import annotations
