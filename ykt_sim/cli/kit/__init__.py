"""What verbs share: the shell around them, words, tables, progress."""
