"""The implementation conformance statement: its form, its values, and what contradicts it."""
