"""Money that goes back through whoever took it: a provider's own processor, or the platform for an appointment."""
