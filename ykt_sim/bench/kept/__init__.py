"""What outlives the program: locks and whole files, cards and PSAMs in files, the journal."""
