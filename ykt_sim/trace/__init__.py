"""Recordings of what passed between a terminal, its SAM and a card.

`model` holds the events, `jsonl` reads and writes them, `decode` turns bytes of a known
kind into named fields, `annotate` follows a recording and says what each exchange is.
Nothing here talks to a card, and nothing here judges one.
"""
