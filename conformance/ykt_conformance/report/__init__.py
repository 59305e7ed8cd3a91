"""Report writers, one module per format; each takes a finished `RunResult`."""
