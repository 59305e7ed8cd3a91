"""Pure functions on bytes over the `cryptography` package; nothing here knows a card."""
