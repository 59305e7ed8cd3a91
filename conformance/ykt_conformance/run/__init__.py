"""Runs: a plan, cases driven and judged one by one, recordings judged after the fact."""
