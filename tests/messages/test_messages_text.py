"""Text as every door shows it, and commands as they are typed there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.model import say, text_of
from bot.messages.text import clean, clip, label, to_type, with_slash, without_slash


def test_our_commands_are_told_from_somebodys_words_that_say_the_same() -> None:
    said = f"“/pilot one” is no pilot. Type {to_type('list')} or {to_type('new')}."
    assert without_slash(said) == "“/pilot one” is no pilot. Type list or new."
    assert clean(said) == with_slash(said) == "“/pilot one” is no pilot. Type /pilot list or /pilot new."
    assert text_of(say(said)) == with_slash(said)


@given(st.text(max_size=200))
def test_typed_words_are_never_taken_for_ours(words: str) -> None:
    seen = clean(words)
    assert without_slash(seen) == seen
    assert clean(seen) == seen
    assert "\x00" not in seen


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [("short", 5, "short"), ("longer", 5, "long…"), ("a     b", 3, "a…"), ("x", 0, "…")],
)
def test_what_is_cut_says_so(text: str, most: int, shown: str) -> None:
    assert clip(text, most) == shown


def test_a_label_is_one_line_and_never_empty() -> None:
    assert label("a\n b\u202e\x00", 10) == "a b"
    assert label(" \u200b ", 10) == "–"
