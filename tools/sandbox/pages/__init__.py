"""The sandbox's pages: pay, payments, phone and inbox, control (S-3). They work without JavaScript."""

from __future__ import annotations
