"""Numbers as people type them, with their units: text in, quantities with their place in the text out.

Values are exact decimals with scales multiplied out ("2.5M" is 2500000). Units come out in one form: "%", "pp" (percentage
points), "x" (times), ISO currencies, time words in the plural, rates as "hours per month" or "per month". A number that can
be read in two ways (a lone "1.200") carries both readings; one that cannot be read safely ("1e400", a version, an id) is no
quantity at all. Every pattern is bounded, so reading takes time in proportion to the length of the text.
"""

import re
from dataclasses import dataclass, replace
from decimal import Decimal

MAX_DIGITS = 15  # more than any business number has; keeps every product exact in 28 digits

WORDS = {
    word: Decimal(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen eighteen nineteen".split()
    )
} | {
    word: Decimal(value)
    for value, word in zip(
        range(20, 100, 10), "twenty thirty forty fifty sixty seventy eighty ninety".split(), strict=True
    )
}
_BIG = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}

_SCALES = {
    **dict.fromkeys(("k", "thousand", "tsd", "tausend"), 10**3),
    **dict.fromkeys(("m", "mn", "mm", "mio", "million", "millions", "millionen"), 10**6),
    **dict.fromkeys(("b", "bn", "billion", "billions", "mrd", "milliarden"), 10**9),
    **dict.fromkeys(("tn", "trillion", "trillions"), 10**12),
    **dict.fromkeys(("lakh", "lakhs", "lac"), 10**5),
    **dict.fromkeys(("crore", "crores", "cr"), 10**7),
}
_CURRENCIES = {
    **dict.fromkeys(("€", "eur", "euro", "euros"), "EUR"),
    **dict.fromkeys(("$", "us$", "usd", "dollar", "dollars", "us dollars", "us-dollar"), "USD"),
    **dict.fromkeys(("£", "gbp", "pound sterling", "pounds sterling", "pounds"), "GBP"),
    **dict.fromkeys(("chf", "sfr", "fr.", "swiss francs", "francs"), "CHF"),
    **dict.fromkeys(("¥", "jpy", "yen"), "JPY"),
    **dict.fromkeys(("₹", "inr", "rs", "rs.", "rupees"), "INR"),
    **{code.lower(): code for code in "SEK NOK DKK PLN CZK HUF CAD AUD NZD CNY BRL MXN ZAR SGD HKD AED TRY KRW".split()},
    "a$": "AUD",
    "c$": "CAD",
    "zł": "PLN",
}
_TIME = {
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), "milliseconds"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "sekunden"), "seconds"),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "minuten"), "minutes"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "std", "stunden", "stunde"), "hours"),
    **dict.fromkeys(("d", "day", "days", "tage", "tagen"), "days"),
    **dict.fromkeys(("wk", "wks", "week", "weeks", "wochen"), "weeks"),
    **dict.fromkeys(("month", "months", "mths", "monate", "monaten"), "months"),
    **dict.fromkeys(("yr", "yrs", "year", "years", "jahre", "jahren"), "years"),
}
_MEASURES = {
    **dict.fromkeys(("%", "percent", "per cent", "pct", "prozent"), "%"),
    **dict.fromkeys(
        (
            "percentage points",
            "percentage point",
            "percentage-points",
            "percentage-point",
            "percent points",
            "percent point",
            "%-points",
            "%-point",
            "% points",
            "% point",
            "%p",
            "pp",
            "pps",
            "p.p.",
            "pp.",
            "ppt",
            "ppts",
            "prozentpunkte",
            "prozentpunkten",
        ),
        "pp",
    ),
    **dict.fromkeys(("bps", "bp", "basis points", "basis point"), "bps"),
    **dict.fromkeys(("point", "points", "pts"), "points"),
    **dict.fromkeys(("fte", "ftes"), "FTE"),
    **dict.fromkeys(("tonne", "tonnes", "metric tons"), "tonnes"),
    **dict.fromkeys(("ton", "tons"), "tons"),
    **dict.fromkeys(("kilometre", "kilometres", "kilometer", "kilometers", "km"), "km"),
    **dict.fromkeys(("mile", "miles"), "miles"),
    **dict.fromkeys(("litre", "litres", "liter", "liters"), "litres"),
    **dict.fromkeys(("kilogram", "kilograms", "kg", "kilos"), "kg"),
    **dict.fromkeys(("star", "stars"), "stars"),
    **dict.fromkeys(("page", "pages"), "pages"),
    **dict.fromkeys(("click", "clicks"), "clicks"),
    **{u.lower(): u for u in "kWh MWh GWh kW MW GB TB m² m³ m2 m3 ha ppm dB °C g mg t l mm cm".split()},
    "‰": "‰",
}
PERIODS = {
    **{form: base for base in "second minute hour day week month quarter year shift".split() for form in (base, base + "s")},
    "night": "night",
    "annum": "year",
    "season": "season",
    "semester": "semester",
    "term": "term",
}
_ADVERBS = {
    **dict.fromkeys(("annually", "yearly", "p.a.", "p.a", "a year"), "per year"),
    "monthly": "per month",
    "weekly": "per week",
    "daily": "per day",
    "quarterly": "per quarter",
    "hourly": "per hour",
}
# The finest unit first: a change "from 24 hours to 30 seconds" is told in the finer one.
SECONDS = {
    "milliseconds": Decimal("0.001"),
    "seconds": Decimal(1),
    "minutes": Decimal(60),
    "hours": Decimal(3600),
    "days": Decimal(86400),
    "weeks": Decimal(7 * 86400),
    "months": Decimal(30 * 86400),
    "years": Decimal(365 * 86400),
}


def _any(words: "dict[str, str] | dict[str, int] | dict[str, Decimal]") -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))


_NOT_IN_RATE = (
    r"(?!(?:to|by|in|from|for|within|and|or|at|of|on|with|until|before|through|using|via|while|than|as|is|are|was"
    r"|without|during|across|under|over|down|up|the|which|that|should|must|will)\b)"
)
_LEFT = r"(?:(?<![^\s(\[:~\"“„=<>≤≥,;])(?P<sign>[+-])\s?|(?<![\w./#+&@*^-])(?<!\d[,'’]))"
_CURRENCY_BEFORE = (
    r"(?:(?P<currency>US\$|A\$|C\$|[$€£¥₹]|\b(?:EUR|USD|GBP|CHF|JPY|INR|SEK|NOK|DKK|PLN|CAD|AUD|Rs\.?))\s?)?"
)
_NUMERAL = r"(?:\d{1,3}(?: \d{3})+(?:[.,]\d{1,2})?(?![\d.,]*\d)|\d+(?:[.,'’]\d+)*)"
_NUMBER = re.compile(_LEFT + _CURRENCY_BEFORE + rf"(?P<number>{_NUMERAL})", re.IGNORECASE)
_SECOND = re.compile(r"(?:\s?[-–—]\s?|\s?(?:–|—)\s?)" + _CURRENCY_BEFORE + rf"(?P<number>{_NUMERAL})(?!\w*-\d)", re.IGNORECASE)
_SCALE = re.compile(
    rf"(?:-|\s)?(?P<scale>{_any(_SCALES)})(?:\.(?=\s?[€$£a-zA-Z]))?(?=[^\w]|$|€|eur\b|usd\b|gbp\b|chf\b)", re.IGNORECASE
)
_THOUSAND_CURRENCY = re.compile(r"\s?(?P<scale>[tk])(?P<unit>€|eur)(?!\w)", re.IGNORECASE)
_MEASURE = re.compile(rf"(?:-|\s?)(?P<unit>{_any(_MEASURES)})(?![\w²³])", re.IGNORECASE)
_CURRENCY = re.compile(rf"(?:-|\s?)(?P<unit>{_any(_CURRENCIES)})(?!\w)", re.IGNORECASE)
_DURATION = re.compile(
    r"(?:-|\s?)(?P<kind>(?:working|business|calendar|person|man|staff|fte|full-time)[ -])?"
    rf"(?P<unit>{_any(_TIME)})(?![\w²³])",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"(?:\s?x(?!\w)|[ -]?fold(?!\w)|-?\s?times(?!\s+(?:per|a|an|each|every|daily|weekly|monthly|in)\b)(?!\w))", re.IGNORECASE
)
_RATE = re.compile(
    rf"\s?(?:(?:per|pro|/)\s?(?P<first>{_NOT_IN_RATE}[^\W\d_][\w-]*)(?P<rest>(?:\s{_NOT_IN_RATE}[^\W\d_][\w-]*){{0,2}})"
    rf"(?P<also>\s(?:and|per)\s(?:{_any(PERIODS)})\b)?"
    rf"|\s(?:a|an|each|every)\s(?P<period>{_any(PERIODS)})\b"
    rf"|\s(?P<adverb>{_any(_ADVERBS)})(?!\w))",
    re.IGNORECASE,
)
_SCORE = re.compile(r"(?:\s?/\s?|\sout of\s|\sof\s)(?:5|10|100)(?![\w%.,]*\w)", re.IGNORECASE)
_OUT_OF = re.compile(r"\s(?:out of|in)\s(?P<all>\d{1,4}|[a-z]{3,7})(?=\s+(?!hours|minutes|days|weeks)[a-z])", re.IGNORECASE)
_SLASH_FRACTION = re.compile(r"(?<![\w./-])([123])\s?/\s?([2345])(?![\w/.])")
_MIXED = re.compile(r"\s?(½|¼|¾|[1-3]/[2-4](?![\d/]))")
_GLYPHS = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75"), "1/2": Decimal("0.5"), "1/4": Decimal("0.25"), "3/4": Decimal("0.75")}

_ONE = "|".join(sorted((*WORDS, "hundred", "thousand", "million", "billion"), key=len, reverse=True))
_WORD_NUMBER = re.compile(
    rf"(?<![\w-])(?P<words>(?:an?\s(?=hundred|thousand|million|billion))?(?:{_ONE})(?:(?:\s|-|\sand\s)(?:{_ONE})){{0,6}}(?P<half>\sand\sa\shalf)?)(?![\w])",
    re.IGNORECASE,
)
_DOZEN = re.compile(r"(?<![\w-])(?:(?P<half>half\s)?an?|(?P<n>two|three|four|five|six|ten))\sdozen(?![\w-])", re.IGNORECASE)
_ORDINALS = {"third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10, "half": 2}
_FRACTION = re.compile(
    r"(?<![\w-])(?:(?P<count>a|an|one|two|three|four)[ -](?P<part>half|thirds?|quarters?|fourths?|fifths?|sixths?|eighths?|tenths?)"
    r"|(?P<bare>half))(?![\w-])",
    re.IGNORECASE,
)
_FRACTION_AFTER = re.compile(r"\s+(?:of|the|fewer|less|more|lower|as|its|reduction|cut|drop)\b|\s*(?:[,.;:)!?]|$)|\s+(?:by|in|within|until|before|on|for|at|per|through|compared|\U00100000-\U0010fffd)", re.IGNORECASE)
_FRACTION_BEFORE = re.compile(
    r"(?:\b(?:by|to|in|of|than|about|nearly|almost|over|under|roughly|least|approximately|around|only|cut|save|saves|down)|[,:;(]|^)\s*$",
    re.IGNORECASE,
)
_NOT_HALF = re.compile(r"\s+(?:an?|day|year|term|time|life|hour|of\s(?:20\d\d|the\syear|next|this))\b", re.IGNORECASE)
_HALF_UNIT = re.compile(rf"(?<![\w-])half\san?\s(?P<unit>{_any(_TIME)})(?!\w)", re.IGNORECASE)
_ONE_UNIT = re.compile(
    rf"(?<=\b(?:from|than|over))\s(?:an?)\s(?P<unit>hour|minute|day|week|month|year)(?![\w-])"
    rf"|(?<=\b(?:to|under|below))\s(?:an?)\s(?P<unit2>hour|minute|day|week|month|year)(?![\w-])"
    if False
    else r"(?<![\w-])(?P<lead>from|than|over|to|under|below)\s(?P<all>(?:about\s|just\s)?an?\s(?P<unit>hour|minute|day|week|month|year))(?![\w-])",
    re.IGNORECASE,
)
_FOLD_WORD = re.compile(r"(?<![\w-])(?P<n>two|three|four|five|six|seven|eight|nine|ten|twenty|hundred)-?fold(?!\w)", re.IGNORECASE)
_FACTOR = re.compile(r"(?<![\w-])(?:an?\s)?factor\s(?:of\s)?$", re.IGNORECASE)
_TWICE = re.compile(r"(?<![\w-])(?:twice|(?P<thrice>thrice))(?=\s+(?:as|the)\b)", re.IGNORECASE)
