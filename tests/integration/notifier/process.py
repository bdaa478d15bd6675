"""The notifier in a process of its own: for tests that kill it."""

from __future__ import annotations

import os
from datetime import timedelta

import uvicorn

from notifier.app import create
from notifier.deliveries.breaker import BreakerPolicy
from notifier.deliveries.timing import DeliveryTimes
from notifier.wiring import Pace

QUICK = Pace(
    times=DeliveryTimes(
        lease=timedelta(seconds=30),
        ask_after=timedelta(milliseconds=200),
        ask_again=timedelta(milliseconds=300),
        idle=timedelta(milliseconds=100),
    ),
    breaker=BreakerPolicy(first_pause=timedelta(milliseconds=300), longest_pause=timedelta(milliseconds=500)),
)


def run() -> None:
    """By the variables of the environment, until it is killed."""
    app = create(os.environ, pace=QUICK)
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_config=None, access_log=False)
