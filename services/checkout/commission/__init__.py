"""The platform's commission on payments that it never touched: summed up and collected once (P-7)."""
