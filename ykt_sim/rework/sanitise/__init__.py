"""A trace made fit to be given away: numbers and keys replaced, codes made anew."""
