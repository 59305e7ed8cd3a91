"""Handlers of commands, one chapter a file: they say in which order the rules are asked."""
