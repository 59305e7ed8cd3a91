"""Profiles: what differs between cards, terminals and keys, as data.

To change behaviour, change data: a profile is a TOML file checked against a schema, and
every number in it says where it comes from.
"""
