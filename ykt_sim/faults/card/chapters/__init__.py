"""The faults, a file for each chapter of `ykt_sim.card.rules` and of the same name."""
