"""Words are found wherever they stand, however many and however long they are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ykt_sim.meaning.hiding.words import Words

MARKS = "01ABcdGéßŉ张三"
WORDS = st.lists(st.text(MARKS, min_size=1, max_size=36), min_size=1, max_size=9)


def plainly(words: list[str], text: str) -> str:
    """The text as it must be: at each place the longest word of those with one capital a mark."""
    upper = "".join(mark.upper() if len(mark.upper()) == 1 else mark for mark in text)
    found, at = "", 0
    while at < len(text):
        here = [word.upper() for word in words if upper.startswith(word.upper(), at)]
        longest = max(map(len, here), default=0)
        found += f"<{longest}>" if here else text[at]
        at += max(longest, 1)
    return found


def knowing(words: list[str]) -> Words:
    found = Words()
    for word in words:
        found.learn(word, f"<{len(word.upper())}>")
    return found


@given(
    words=WORDS,
    chosen=st.lists(st.integers(0, 20), max_size=12),
    between=st.text(MARKS + "x", max_size=40),
)
def test_every_word_is_found_wherever_it_begins(
    words: list[str], chosen: list[int], between: str
) -> None:
    text = between.join(words[number % len(words)].swapcase() for number in chosen) + between
    assert knowing(words).replaced(text) == plainly(words, text)


@given(size=st.integers(1, 40), before=st.integers(0, 40), after=st.integers(0, 3))
def test_a_word_of_any_length_at_any_place(size: int, before: int, after: int) -> None:
    """With a shorter and a longer one learnt before and behind it."""
    word = "".join(chr(ord("a") + place % 26) for place in range(size))
    text = "." * before + word + "." * after
    others = ["0123456789" * 4, "9876543210"]
    for words in ([word], [others[0], word], [word, others[1]], [*others, word]):
        assert knowing(words).replaced(text) == "." * before + f"<{size}>" + "." * after


def test_what_stands_in_its_place_can_change() -> None:
    words = Words()
    assert words.replaced("key C0FFEE") == "key C0FFEE"
    assert words.learn("c0ffee", "(key)")
    assert not words.learn("C0FFEE", "(key)")
    assert words.replaced("key c0FFee") == "key (key)"
    assert words.learn("C0FFEE", "(other)")
    assert words.replaced("key C0FFEE") == "key (other)"


def test_no_word_is_no_word() -> None:
    words = Words()
    assert not words.learn("", "*")
    assert words.replaced("text") == "text"
