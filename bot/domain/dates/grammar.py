"""The grammar of dates: what is tried on a text, and how a match is recognised as a deadline."""

import re

from bot.domain.dates.words import FEASTS, MONTHS, SEASONS, WORDS
from bot.domain.quantities import DIGIT_WORDS

_MONTH = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")(?![\w])\.?"
_YEAR = r"(?:20\d\d(?![\d.,]*\d|\w|%)|['’]\d\d(?!\d))"
_COUNT = "(?:" + "|".join(sorted((*DIGIT_WORDS, "an?", r"\d{1,3}"), key=len, reverse=True)) + ")"
# A bare year, month or season followed by a noun is no date: "by 2000 hours", "in fall detection".
_NO_NOUN = (
    r"(?!\s(?!(?:in|at|to|for|from|and|or|but|while|with|without|compared|the|our|through|across|on|of|by|using|via|so|we|is|are|will|should|must"
    r"|latest|onwards?|versus|vs|against|as|per|over|under|during|next|this|if|when|down|up)\b)[^\W\d_])"
)
FEAST = "|".join(re.escape(name).replace("\\ ", r"\s") for name in FEASTS)
_PERIOD = rf"""
    (?P<iso>20\d\d[-/]\d{{1,2}}[-/]\d{{1,2}})(?!\d)
  | (?P<dotted>\d{{1,2}}\.\s?\d{{1,2}}\.\s?(?:20\d\d|\d\d)?)(?![\d%])
  | (?P<slashed>\d{{1,2}}/\d{{1,2}}/(?:20)?\d\d)(?!\d)
  | (?P<d1>\d{{1,2}})(?:st|nd|rd|th|\.)?\s(?:of\s)?(?P<m1>{_MONTH})(?:,?\s(?P<y1>{_YEAR}))?
  | (?P<m2>{_MONTH})\s(?:the\s)?(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?![\d%.]|\s?[-–]\s?\d)(?:,?\s(?P<y2>{_YEAR}))?
  | (?P<m3>{_MONTH})(?:,?\s(?:of\s)?(?P<y3>{_YEAR}|next\syear|this\syear)|{_NO_NOUN})
  | (?P<yq>20\d\d)[\s-]?q(?P<qy>[1-4])(?!\w)
  | q(?P<q1>[1-4])(?:[\s/-]\s?(?:of\s)?(?P<y4>{_YEAR}|\d\d(?!\d)|next\syear|this\syear))?(?!\w)
  | (?P<qo>first|second|third|fourth|last|1st|2nd|3rd|4th)\s(?P<part>quarter|half)(?:(?:\sof)?\s(?P<y5>{_YEAR}|next\syear|this\syear|the\syear))?
  | h(?P<h>[12])(?:[\s/-]\s?(?P<y6>{_YEAR}|\d\d(?!\d)))?(?!\w)
  | (?P<season>spring|summer|autumn|fall|winter)(?:(?:\sof)?\s(?P<y7>{_YEAR}|next\syear|this\syear)|(?!\w){_NO_NOUN})(?!\w)
  | (?P<fiscal>fy\s?['’]?\d{{2,4}}|(?:the\s)?(?:fiscal|financial|school|academic)\syear(?:\s{_YEAR}(?:/\d\d)?)?|fiscal\s{_YEAR}|(?:this|next)\s(?:fiscal|financial)\syear)(?!\w)
  | (?P<which>this|next|the\scurrent|the\sfollowing|the\scoming|current)\s(?:calendar\s)?(?P<unit>year|month|quarter|week|spring|summer|autumn|fall|winter|friday|monday)(?!\w|['’])
  | (?P<yearend>(?:the\s)?(?:year[\s-]?end|eoy|year['’]s\send|christmas|xmas|jahresende))(?!\w)
  | (?P<feast>{FEAST})(?!\w)
  | (?P<tomorrow>tomorrow|today)(?!\w)
  | (?P<weekday>monday|tuesday|wednesday|thursday|friday|saturday|sunday)(?!\w)
  | (?P<my>\d{{1,2}}/20\d\d)(?![\d/])
  | (?:year\s)?(?P<y>{_YEAR}){_NO_NOUN}(?!\sper\b)
"""
_PART = r"(?:the\s)?(?P<part_of>very\send|end|close|ende|start|beginning|mid(?:dle)?|early|late)[\s-](?:of\s)?(?:in\s)?(?:the\s)?"
_PREPOSITION = (
    r"(?:(?P<prep>by|before|until|till|untill|bis|(?:no|not)\slater\sthan|latest|at\sthe\slatest\s(?:by|in)|in|during|on|at|from"
    r"|starting(?:\s(?:in|from|on))?|as\s(?:of|from)|due(?:\s(?:by|on))?|ending|through(?=\s(?:the\send|end|20|q))|over(?=\s(?:this|the\scurrent))|for(?=\s(?:this|next)))"
    r"\s(?:the\s)?(?:latest\s)?)"
)
DATED = re.compile(
    rf"(?<![\w./-])[,(]?\s?{_PREPOSITION}?(?:{_PART})?(?:{_PERIOD})(?P<on>\s(?:on|onwards?|at\sthe\slatest)(?!\w))?",
    re.IGNORECASE | re.VERBOSE,
)
END_OF_UNIT = re.compile(
    r"(?<![\w-])(?:(?:by|before|until|till|at|to)\s)?(?:the\s)?(?P<end>end|close)\s(?:of\s)?(?:the\s)?(?:calendar\s)?(?P<unit>year|quarter|month|week)(?![\w-])(?!\s20\d\d)",
    re.IGNORECASE,
)
WITHIN = re.compile(
    rf"(?<![\w-])(?P<prep>within|in|over|during|inside|after|throughout)\s(?P<the>the\s)?(?P<next>next\s|coming\s|following\s|first\s)?"
    rf"(?:about\s|around\s)?(?P<count>{_COUNT})?\s?(?P<unit>day|week|month|quarter|year)s?(?P<now>['’]?\stime|\s(?:from\s(?:now|today)))?(?P<later>\s(?:of|after)\s(?:go|launch|start|roll|intro|deploy|use|oper)[\w-]*)?(?![\w'’-]){_NO_NOUN}",
    re.IGNORECASE,
)
FROM_NOW = re.compile(
    rf"(?<![\w-])(?P<count>{_COUNT})\s(?P<unit>day|week|month|quarter|year)s?\sfrom\s(?:now|today)(?!\w)",
    re.IGNORECASE,
)
# The grammar of dates is tried only around what can be the heart of one.
HEART = re.compile(
    r"20\d\d|['’]\d\d|\d[./-]\s?\d|(?<!\w)(?:q[1-4]|h[12]|fy\s?['’]?\d+|fiscal|"
    + "|".join(sorted(WORDS, key=len, reverse=True))
    + r")(?!\w)",
    re.IGNORECASE,
)
REACH = 48  # characters that prepositions and years take around it
END = re.compile(r"\s*[,.;)]?\s*$")


def windows(text: str) -> list[tuple[int, int]]:
    """The stretches of a text in which a date can stand, none overlapping."""
    windows: list[tuple[int, int]] = []
    for match in HEART.finditer(text):
        lo, hi = max(0, match.start() - REACH), match.end() + REACH
        if windows and lo <= windows[-1][1]:
            windows[-1] = (windows[-1][0], hi)
        else:
            windows.append((lo, hi))
    return windows


def stands_alone(match: re.Match[str]) -> bool:
    """Whether a date without a preposition is a deadline: a full date or "this year" is, "2026" and "May" are not."""
    full = (
        match["iso"]
        or match["dotted"]
        or match["slashed"]
        or (match["d1"] and match["y1"])
        or (match["d2"] and match["y2"])
    )
    return bool(
        full
        or match["yearend"]
        or (match["part_of"] or "").lower() in {"end", "ende", "very end"}
        or (match["which"] and match["unit"].lower() in {"year", "quarter", "month", *SEASONS})
    )


def unclear(match: re.Match[str]) -> bool:
    """Whether day and month can be swapped: 6/7/2026 is June to some and July to others."""
    if not match["slashed"]:
        return False
    a, b, _ = (int(n) for n in match["slashed"].split("/"))
    return a <= 12 and b <= 12 and a != b
