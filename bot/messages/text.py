"""Text as every door shows it: without what nobody can see, no longer than there is room, commands as they are typed there.

Pure text in, pure text out; what a platform's own markup needs beyond this is its door's business.
"""

import re

#: Characters that nobody sees and that reorder, hide or forge what is seen: controls, zero-width, bidi, tags, fillers.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
#: Joiners belong inside emoji families and some scripts; anywhere else they only tell look-alike names apart.
_STRAY_JOINER = re.compile(
    "(?<![\u0300-\U0010ffff])[\u200c\u200d]+|[\u200c\u200d]+(?![\u0300-\u200b\u200e-\U0010ffff])"
)
_MARKS = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILED_MARKS = re.compile(f"({_MARKS}{{4}}){_MARKS}+")
_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029")
_SURROGATES = re.compile("[\ud800-\udfff]")

#: Stands behind the slash command in our own sentences. Nobody sees it, `clean` takes it away, and nobody types it: so a door
#: without slash commands can tell our "/pilot list" from somebody's words that say the same.
_OURS = "\u2061"
_SLASH = f"/pilot{_OURS} "


def to_type(words: str) -> str:
    """A command inside a sentence of ours: /pilot list mine; where there is no slash to type, list mine."""
    return _SLASH + words


def with_slash(text: str) -> str:
    """Our sentences where nothing is rendered any further."""
    return text.replace(_OURS, "")


def without_slash(text: str) -> str:
    """Our sentences for a platform where commands are typed as they are."""
    return text.replace(_SLASH, "") if _OURS in text else text


def clean(text: str) -> str:
    """The text without what nobody can see; line ends are one sign, lone surrogates a replacement sign."""
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", text)
    text = _SURROGATES.sub("\ufffd", text)
    text = _HIDDEN.sub("", text)
    text = _STRAY_JOINER.sub("", text)
    return _PILED_MARKS.sub(r"\1", text)


def clip(text: str, most: int) -> str:
    """At most so many characters, an ellipsis where something is missing."""
    return text if len(text) <= most else text[: max(0, most - 1)].rstrip() + "…"


def label(text: str, most: int, *, empty: str = "–") -> str:
    """One line that no parser reads (a button, an input's label): never empty, never too long."""
    return clip(" ".join(clean(text).split()), most) or empty
