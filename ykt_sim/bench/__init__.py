"""Everything put together: cards, PSAMs and terminals made, tapped, kept, opened by name.

`make` makes engines from profiles, `tap` runs one tap, `stand` is a terminal that remembers,
`saved` and `files` keep cards, `targets` opens what a name means. A verb of the command line
or a page does nothing that a program cannot do by importing from here.
"""
