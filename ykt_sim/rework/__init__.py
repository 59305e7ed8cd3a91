"""Traces worked over: compared, replayed against a card, played as a card, sanitised.

What goes in and what comes out are traces; verbs and pages show them. Nothing here opens a
reader or a file of a card: links are handed in.
"""
