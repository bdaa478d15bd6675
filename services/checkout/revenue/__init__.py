"""What the platform and providers took, kept and gave back, by day: sums of both ledgers of money (P-8)."""
