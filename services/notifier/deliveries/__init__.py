"""Each message to each recipient as a row with a state (N-3), sent by one worker pool a channel."""

from __future__ import annotations
