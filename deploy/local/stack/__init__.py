"""The embedded stack: Kafka, PostgreSQL, the gateway, the sandbox and the four services on one machine.

Everything runs from the virtual environment and from one state folder; nothing is installed on the machine.
"""

from __future__ import annotations
