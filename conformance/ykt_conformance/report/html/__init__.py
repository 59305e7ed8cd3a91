"""Pages for people, and the pieces they are made of.

`run_page` is the report of a run, `trace_page` one trace, `zoo_page` a run of the zoo; `frame` is
what every page has. Pieces take data and give `markup.Safe`, so nothing gets in unescaped.
"""
