"""The conformance suite: cases, judges that see only traces, runs and reports.

Nothing here imports a card, SAM or terminal engine: shared code would mean shared
mistakes. Targets are reached by name (``sim:dual``, ``pipe:..``, ``tcp:..``) through
`ykt_sim.bench` or a link.
"""
