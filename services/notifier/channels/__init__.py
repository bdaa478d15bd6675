"""The ways out: Twilio for SMS, SendGrid for e-mail, and what their answers mean (N-2, N-4)."""

from __future__ import annotations
