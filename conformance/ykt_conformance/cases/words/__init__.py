"""What card cases are written with: flows, checks, the ledger of what a card must hold."""
