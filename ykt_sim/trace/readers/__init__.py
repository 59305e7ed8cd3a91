"""Readers of other programs' traces: one file each, chosen by content.

`FORMATS` is the table; `read_sessions` and `detect` are what the rest of the package uses.
"""
