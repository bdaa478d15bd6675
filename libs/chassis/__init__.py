"""What every service is built on: settings, app factory, problem details, tokens, telemetry, time, money, jobs."""

from __future__ import annotations
