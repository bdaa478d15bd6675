"""Who takes a payment: the platform or an external processor, by which rules, and who takes it instead (P-3)."""
