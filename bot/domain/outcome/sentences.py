"""From a text to its sentences: one kind of quote, dash and space, then split at full stops, lines and bullets."""

import re

_PLANES = re.compile(
    "[\U000f0000-\U0010ffff\ue000-\uf8ff\x00-\x08\x0b-\x1f\ufeff\u200b-\u200f\u2060-\u2064\u00ad]"
)
_SENTENCE = re.compile(
    r"(?<=[.!?])[\"')\]]{0,3} (?=[\"'(\[]?[^\W\d_a-z]|[-*•] |\d)| ?[•▪●◦‣⁃] ?| (?:\d\)|\(\d\)|\([a-h]\)) "
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|approx|ca|vs|no|nr|mio|mrd|dr|mr|mrs|ms|st|inc|etc|incl|avg|max|min|est|resp|p\.a|fig|sec|art|dept|jan|feb|apr|jun|jul|aug"
    r"|sept?|oct|nov|dec|z\.b|bzw|u\.s|\d))\.$",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^(?:[-–—*·>#]+\s+|\(?\d{1,2}[.)]\s+(?=\D)|[a-h]\)\s+)")
_TRANSLATE = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‘‚‛′`´", "'"),
        "’": "'",
        "−": "-",
        "‐": "-",
        "‑": "-",
        "﹪": "%",
        "％": "%",
        "≥": " >= ",
        "≤": " <= ",
        "→": " → ",
        "…": " ",
        "\t": " ",
        **{chr(0xFF10 + n): str(n) for n in range(10)},
        **{chr(0x0660 + n): str(n) for n in range(10)},
    }
)
_FOREIGN = re.compile(r"[^\x20-_a-~\n]")  # all that the table can hold
_ARROW = re.compile(r" ?(?:-{1,3}>|={1,2}>|⇒|➔|➜|→) ?")
_SPACES = re.compile(r"[^\S\n]+|(?:_x000D_)+")


def tidy(text: str) -> str:
    """One kind of quote, dash, space and digit; nothing that could be taken for a blanked-out place."""
    text = _FOREIGN.sub(lambda found: _TRANSLATE.get(ord(found[0]), found[0]), _PLANES.sub(" ", text))
    text = _SPACES.sub(" ", text)
    return _ARROW.sub(" → ", text) if "→" in text or ">" in text else text


def sentences(text: str) -> list[str]:
    """The sentences and list items of a tidy text, none empty."""
    return [part for block in _blocks(text) for part in _split(block)]


def _blocks(text: str) -> list[str]:
    """Paragraphs: a line that goes on in small letters belongs to the one before."""
    blocks: list[list[str]] = []
    fresh = True
    for line in (line.strip() for line in text.split("\n")):
        if line and (fresh or not line[0].islower() or blocks[-1][-1][-1] in ".:;!?"):
            blocks.append([line])
        elif line:
            blocks[-1].append(line)
        fresh = not line
    return [" ".join(lines) for lines in blocks]


def _split(block: str) -> list[str]:
    parts: list[str] = []
    start = 0
    for match in _SENTENCE.finditer(block):
        if match[0][0] not in "•▪●◦‣⁃" and _ABBREVIATION.search(
            block, max(start, match.start() - 12), match.start()
        ):
            continue
        parts.append(block[start : match.start()])
        start = match.end()
    parts.append(block[start:])
    return [part for part in (_BULLET.sub("", part.strip(), count=1).strip() for part in parts) if part]
