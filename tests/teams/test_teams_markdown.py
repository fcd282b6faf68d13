"""Hostile words do nothing: read by a CommonMark parser as Teams uses one, they come out as they went in."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.messages.model import Link, Moment
from bot.teams import markdown
from tests.teams.kit import CALM

#: As the clients of Teams set it up: no HTML. Tables and linked words are more than they read.
_CLIENT = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_TAGS = re.compile(r"<(?!/?p>|br />)[a-z/]")

HOSTILE = [
    "**bold**",
    "__bold__",
    "*italics* and _italics_",
    "in*side*words, in`side`words, in~side~words and snake_case_stays",
    "***",
    "`code` and ```code```",
    "~~gone~~",
    "[click here](https://evil.example)",
    "[click here] (https://evil.example)",
    "![image](https://evil.example/x.png)",
    "[a]: https://evil.example",
    "[a][b]",
    "<https://evil.example>",
    "<at>Everyone</at>",
    "<script>alert(1)</script>",
    "<!-- comment -->",
    "a < b and c > d & e",
    "&lt;b&gt; &amp; &#42;x&#42;",
    "- list",
    "-- dash",
    "* star",
    "+ plus",
    "1. one",
    "1) one",
    "2026. year",
    "# heading",
    "> quotation",
    ">> twice",
    "    code",
    "\tcode",
    "---",
    "===",
    "~~~",
    "| a | b |",
    "C:\\temp\\*x*",
    "\\*not\\*",
    "ends with \\",
    "{{DATE(2017-02-14T06:00:00Z, SHORT)}}",
    "{{{TIME(2017-02-14T06:00:00Z)}}",
    "${name}",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 family, \u0645\u0631\u062d\u0628\u0627, \u202ereversed\u202c",
    "e" + "\u0301" * 1000,
    "null\x00 and \ud800 lone",
    "@everyone :smile:",
]


def _read(text: str) -> str:
    return str(_CLIENT.render(text))


def _shown(text: str) -> str:
    """What a reader sees: the rendered words without what is invisible."""
    import html

    return html.unescape(re.sub(r"</?p>|\n$", "", _read(text))).replace("\u200b", "").strip()


def _plain(text: str) -> str:
    """The words themselves, their signs of formatting replaced by look-alikes."""
    back = {
        value: key
        for key, value in {"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb", "<": "\u2039"}.items()
    }
    return "".join(back.get(sign, sign) for sign in text)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_come_out_as_they_went_in(words: str) -> None:
    made = markdown.line(markdown.literal(words))
    assert not _TAGS.search(_read(made)), _read(made)
    assert "{{" not in made and "${" not in made
    assert _plain(_shown(made)) == markdown.clean(words).strip()


@CALM
@given(st.text(st.sampled_from("ab1 *_~`[]()<>!&#;:-+=.|\\{}$\"'/@\u200b\u202e"), max_size=60))
def test_no_mixture_of_signs_has_an_effect(words: str) -> None:
    made = markdown.line(markdown.literal(words))
    assert not _TAGS.search(_read(made)), (words, made, _read(made))
    assert "{{" not in made and "${" not in made


@CALM
@given(st.text(max_size=200))
def test_no_text_at_all_has_an_effect(words: str) -> None:
    made = markdown.line(markdown.literal(markdown.clean(words).replace("\n", " ")))
    assert not _TAGS.search(_read(made)), (words, made, _read(made))
    made.encode()


SIGNS = st.text(st.sampled_from("ab1 *_~`[]()<>!&#;:-+=.|\\{}$\"'/@"), max_size=12)


@CALM
@given(SIGNS, SIGNS, SIGNS)
def test_words_do_not_make_signs_with_their_neighbours(before: str, within: str, after: str) -> None:
    apart = markdown.line(markdown.literal(before) + markdown.literal(after))
    assert not _TAGS.search(_read(apart)), apart
    assert "{{" not in apart and "${" not in apart
    emboldened = markdown.line(markdown.literal(before) + markdown.bold(within) + markdown.literal(after))
    tags = _TAGS.findall(_read(emboldened).replace("<strong>", "").replace("</strong>", ""))
    assert not tags, emboldened
    url = "https://example.com/a"
    linked = markdown.line(
        markdown.literal(before) + markdown.link(Link(within, url)) + markdown.literal(after)
    )
    assert _read(linked).count(f'<a href="{url}">') == 1, linked
    assert not _TAGS.search(re.sub(r"</?a[^>]*>", "", _read(linked))), linked


def test_a_number_at_the_start_of_a_line_stays_the_number_it_is() -> None:
    assert _shown(markdown.line(markdown.literal("3. Contract search"))) == "3. Contract search"


@pytest.mark.parametrize(
    "words", ["plain", "(in brackets)", '"quoted"', "ends.", "a*b", "**", "under_score_"]
)
def test_bold_is_bold_and_nothing_else(words: str) -> None:
    made = f"before {markdown.bold(words)} after"
    assert _read(made).count("<strong>") == 1
    squeezed = f"x{markdown.bold(words)}y"
    assert _read(squeezed).count("<strong>") == 1


def test_nothing_is_not_emboldened() -> None:
    assert markdown.bold("  \u200b ") == ""


@pytest.mark.parametrize(
    "url", ["https://example.com/a?b=c&d=e", "http://example.com", "HTTPS://EXAMPLE.COM/%20"]
)
def test_a_link_of_the_web_is_a_link(url: str) -> None:
    made = _read(markdown.link(Link(text="the [page] *now*", url=url)))
    assert made.count("<a ") == 1 and "<em>" not in made


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://a.example/x) [y](https://evil.example",
        "",
        "file:///etc",
        "https://x y",
    ],
)
def test_any_other_address_is_left_to_its_words(url: str) -> None:
    assert _read(markdown.link(Link(text="page", url=url))) == "<p>page</p>\n"


def test_a_moment_is_shown_on_the_readers_own_clock() -> None:
    at = datetime(2026, 11, 23, 9, 30, 0, 5, tzinfo=UTC)
    made = markdown.moment(Moment(at=at, fallback="23 Nov 2026, 10:30 CET"))
    assert made == "{{DATE(2026-11-23T09:30:00Z, SHORT)}} {{TIME(2026-11-23T09:30:00Z)}}"
    old = Moment(at=datetime(1, 1, 1, tzinfo=UTC), fallback="long *ago*")
    assert "ago" in markdown.moment(old) and "*" not in markdown.moment(old)


def test_a_label_is_one_short_line_and_never_empty() -> None:
    assert markdown.label("a\nb\tc  d", 75) == "a b c d"
    assert markdown.label("x" * 100, 75) == "x" * 74 + "…"
    assert markdown.label("\u200b", 75) == "–"
