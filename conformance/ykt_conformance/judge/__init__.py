"""From a recording to a verdict: what a judge is shown, what it may answer, what comes of it.

Knows traces, meaning and codes; knows no case, no target, no report and no engine.
"""
