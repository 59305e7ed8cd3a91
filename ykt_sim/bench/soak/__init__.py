"""Taps under trouble, and an account of money that is kept apart from them.

`plan` draws what happens, `trouble` is the bad disk, `worker` is the process that is killed,
`account` adds up cards and journals as data, `run` drives them.
"""
