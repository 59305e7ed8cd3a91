"""The command line: each verb parses its words, calls one function and renders the answer.

`main` holds the table of verbs, `shell` what happens around every verb (errors, exit
codes, encodings), `params` the kinds of words, `render` text and JSON, `files` all
access to files. The modules of the verbs are imported when their verb is asked for.
"""
