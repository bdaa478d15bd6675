"""Looks into a running process: where it stands, what it spends its time and memory on, what its database does (O-6).

Safe where people buy: nothing restarts, one look at a time, each bounded in time and ended early when the process has
no time left for it. No look shows a value: stacks have no variables, statements no literals.
"""
