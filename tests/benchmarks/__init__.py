"""Benchmarks: `python -m tests.benchmarks` prints ratios measured in one run."""
