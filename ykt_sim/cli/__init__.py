"""The command line: each verb parses its words, calls one function and renders the answer.

`main` holds the table of verbs; `kit` what they share: what happens around every verb (errors,
exit codes, encodings), the kinds of words, text and JSON. The modules of a verb are imported
when it is asked for. Nothing here is wanted by a program or a page: what a verb can do lies in
the rooms below.
"""
