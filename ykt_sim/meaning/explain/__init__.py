"""Why a code or a status word is what it is.

`inputs` says what each code is made of and makes it, `mistakes` what people get wrong, `search`
tries these one and two at a time, `keybox` gives the keys that a try needs, `status` says what
in a trace brings a status word about, and `words` puts all of it into English and Chinese.
Nothing here reads files; keys are handed in and never come out.
"""
