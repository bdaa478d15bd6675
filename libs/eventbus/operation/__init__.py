"""Whether it is alive: health, heartbeats, the watchdog, figures, tables kept small."""
