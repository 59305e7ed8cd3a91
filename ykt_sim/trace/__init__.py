"""Recordings of what passed between a terminal, its SAM and a card.

`model` holds the events, `jsonl` reads and writes them, `readers` take the logs of other
programs and `writers` give traces to them. What the bytes mean is not known here (see
`ykt_sim.meaning`): nothing here talks to a card, and nothing here judges one.
"""
