"""Payments of appointments as they are taken: a page at each way of the decision in turn, until one has the money."""
