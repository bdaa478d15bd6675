"""The bus in operation: health, heartbeats, the watchdog, metrics, table upkeep, the digest."""
