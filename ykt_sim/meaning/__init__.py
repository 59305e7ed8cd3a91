"""What recorded bytes mean.

`decode` turns bytes of a known kind into named fields, `annotate` follows a recording and
says what each exchange is, `follow` keeps the balances and counters that pass by,
`cryptograms` checks the codes where keys are known, and `understand` does all of it for a
whole trace. Nothing here knows an engine, a link or a verdict.
"""
