"""What a stimulus is given: a card or terminal to drive, commands, limits, cards to present."""
