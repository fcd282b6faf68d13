"""Numbers as people type them, with their units: text in, quantities with their place in the text out.

Values are exact decimals with scales multiplied out ("2.5M" is 2500000). Units come out in one form: "%", "pp" (percentage
points), "x" (times), ISO currencies, time words in the plural, rates as "hours per month" or "per month". A number that can
be read in two ways (a lone "1.200") carries both readings; one that cannot be read safely ("1e400", a version, an id) is no
quantity at all. Every pattern is bounded, so reading takes time in proportion to the length of the text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

MAX_DIGITS = 15  # more than any business number has, and every product stays exact in 28 digits


def _table(rows: str) -> dict[str, str]:
    """Lines of "name = spelling, spelling" as {spelling: name}; a name spells itself too."""
    table = {}
    for row in rows.strip().splitlines():
        name, _, spellings = row.partition("=")
        for spelling in filter(str.strip, [name, *spellings.split(",")]):
            table[spelling.strip().lower()] = name.strip()
    return table


def _words(text: str) -> list[str]:
    return text.split()


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


DIGIT_WORDS = {
    word: value
    for value, word in enumerate(
        _words(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
            "fifteen sixteen seventeen eighteen nineteen"
        )
    )
} | {
    word: 10 * tens
    for tens, word in enumerate(_words("twenty thirty forty fifty sixty seventy eighty ninety"), 2)
}
_POWERS = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9}
# A text with none of these words and no figure has no quantity.
NUMBER_WORDS = frozenset(
    (
        *DIGIT_WORDS,
        *_POWERS,
        *(word + "fold" for word in DIGIT_WORDS),
        *_words(
            "half dozen twice thrice third thirds quarter quarters fourth fourths fifth fifths sixth "
            "eighth tenth"
        ),
        *_words("hour minute second day week month year hundredfold"),
    )
)
_SCALES = _table(
    """1000 = k, thousand, tsd, tausend
    1000000 = m, mn, mm, mio, million, millions, millionen
    1000000000 = b, bn, billion, billions, mrd, milliarden
    1000000000000 = tn, trillion, trillions
    100000 = lakh, lakhs, lac
    10000000 = crore, crores, cr"""
)
_CURRENCIES = _table(
    """EUR = €, euro, euros
    USD = $, us$, dollar, dollars, us dollars
    GBP = £, pounds sterling, pounds
    CHF = sfr, swiss francs, francs
    JPY = ¥, yen
    INR = ₹, rs, rs., rupees
    AUD = a$
    CAD = c$
    PLN = zł, zloty
    SEK = swedish kronor
    NOK =
    DKK =
    CZK =
    HUF =
    NZD =
    CNY = rmb
    BRL =
    MXN =
    ZAR =
    SGD =
    HKD =
    AED ="""
)
_TIME = _table(
    """milliseconds = ms, msec, millisecond
    seconds = s, sec, secs, second, sekunden
    minutes = min, mins, minute, minuten
    hours = h, hr, hrs, hour, std, stunden
    days = d, day, tage, tagen
    weeks = wk, wks, week, wochen
    months = month, mths, monate, monaten
    years = yr, yrs, year, jahre, jahren"""
)
_MEASURES = _table(
    """% = percent, per cent, pct, prozent
    pp = pps, p.p., ppt, ppts, %p, %-points, %-point, % points, percent points, percent point, percentage points
    pp = percentage point, percentage-points, percentage-point, prozentpunkte, prozentpunkten
    bps = bp, basis points, basis point
    points = point, pts
    FTE = ftes, ftees
    tonnes = tonne, metric tons
    tons = ton
    km = kilometre, kilometres, kilometer, kilometers
    miles = mile
    litres = litre, liter, liters
    kg = kilogram, kilograms, kilos
    stars = star
    pages = page
    clicks = click
    kWh =
    MWh =
    GWh =
    kW =
    MW =
    GB =
    TB =
    m² = m2, square metres, square meters
    m³ = m3, cubic metres, cubic meters
    ppm =
    dB =
    °C =
    ‰ =
    g =
    mg =
    t =
    ha =
    mm ="""
)
_PERIODS = {
    form
    for base in _words("second minute hour day week month quarter year shift night season")
    for form in (base, base + "s")
}
_ADVERBS = _table(
    """per year = annually, yearly, p.a., p.a, per annum
    per month = monthly
    per week = weekly
    per day = daily
    per quarter = quarterly
    per hour = hourly"""
)
# Durations with a fixed length, for changes told in two units ("from 24 hours to 30 seconds"). A month counts 30 days.
SECONDS = {
    "milliseconds": Decimal("0.001"),
    "seconds": Decimal(1),
    "minutes": Decimal(60),
    "hours": Decimal(3600),
    "days": Decimal(86400),
    "weeks": Decimal(604800),
    "months": Decimal(2592000),
    "years": Decimal(31536000),
}


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One number with its unit, at text[start:end]."""

    start: int
    end: int
    value: Decimal
    unit: str | None = None
    high: Decimal | None = None  # the upper end of a range
    other: Decimal | None = None  # the second reading of an ambiguous number
    scale: Decimal | None = None  # what the typed figure was multiplied by
    sign: str = ""
    share: bool = False  # a fraction in words: "half", "two thirds", "nine out of ten"
    spelled: bool = False  # a number word


# What cannot follow "per": the words that begin the next part of the sentence.
_END_OF_RATE = (
    r"(?!(?:to|by|in|from|for|within|and|or|at|of|on|with|until|before|after|through|using|via|while|than|as|is|are|was|will"
    r"|without|during|across|under|over|down|up|the|which|that|should|must|thanks|due|so|compared|against|when|where|we)\b)"
)
_CODES = _either(
    spelling
    for spelling in _CURRENCIES
    if not spelling[:1].isalpha() or len(spelling) == 3 or "$" in spelling
)
_BEFORE = rf"(?:(?P<thousands>[tkm])?(?P<currency>{_CODES}|rs\.?(?=[\s\d]))\s?)?"
# A sign counts after a space or bracket only; a number glued to a word, a slash or a hyphen is part of a name.
_LEFT = r"(?:(?<![^\s(\[:~\"“=<>≤≥,;])(?P<sign>[+-])\s?|(?<![\w./#+&@*^-])(?<!\d[,'’]))"
_NUMERAL = r"(?:\d{1,3}(?: \d{3})+(?:[.,]\d{1,2})?(?![\d.,']*\d)|\d+(?:[.,'’]\d+)*)"
_SPELLED = _either((*DIGIT_WORDS, *_POWERS))
_NUMBER = re.compile(
    _LEFT
    + rf"(?:{_BEFORE}(?P<number>{_NUMERAL})"
    + rf"|(?P<words>(?:an?\s(?={_either(_POWERS)}))?(?:{_SPELLED})(?:(?:\s|-|\sand\s)(?:{_SPELLED})){{0,6}})(?!\w)"
    + r"|(?P<dozen>(?:half\s)?an?\sdozen)(?!\w)"
    + r"|(?P<glyph>[½¼¾]))",
    re.IGNORECASE,
)
_HIGH = re.compile(rf"\s?[-–—]\s?{_BEFORE}(?P<number>{_NUMERAL})(?![\w.,]*-\d)", re.IGNORECASE)
_MIXED = re.compile(
    r"\s?(?P<glyph>[½¼¾])|\s(?P<over>[1-3]/[2-4])(?![\d/])|\sand\sa\s(?P<half>half)(?!\w)", re.IGNORECASE
)
_PARTS = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75"), "half": Decimal("0.5")}
_SCALE = re.compile(
    rf"[\s-]?(?P<scale>{_either(_SCALES)})(?:\.(?=\s?[€$£a-z]))?(?=\W|$|eur(?!\w)|usd(?!\w))", re.IGNORECASE
)
_THOUSANDS_OF = re.compile(r"\s?(?P<scale>[tkm])(?=(?:€|eur|usd)(?!\w))", re.IGNORECASE)
_CURRENCY = re.compile(rf"[\s-]?(?P<unit>{_either(_CURRENCIES)})(?!\w)(?!\sof\b)", re.IGNORECASE)
_MEASURE = re.compile(rf"[\s-]?(?P<unit>{_either(_MEASURES)})(?![\w²³])", re.IGNORECASE)
_DURATION = re.compile(
    r"[\s-]?(?P<kind>(?:working|business|calendar|person|man|staff|clerk|staff|fte|labou?r)[\s-])?"
    rf"(?P<unit>{_either(_TIME)})(?![\w²³])",
    re.IGNORECASE,
)
_TIMES = re.compile(
    r"\s?[x×](?!\w)|[\s-]?fold(?!\w)|[\s-]?times(?!\s(?:per|a|an|each|every|daily|weekly|monthly|in)\b)(?!\w)",
    re.IGNORECASE,
)
_PERIOD = _either(_PERIODS)
_RATE = re.compile(
    rf"\s?(?:/\s?|(?:per|pro)\s)(?P<of>{_END_OF_RATE}[^\W\d_][\w-]*(?:\s{_END_OF_RATE}[^\W\d_][\w-]*){{0,2}}(?:\sand\s(?:{_PERIOD})\b)?)"
    rf"|\s(?:an?|each|every)\s(?P<period>{_PERIOD})\b"
    rf"|\s(?P<adverb>{_either(_ADVERBS)})(?!\w)",
    re.IGNORECASE,
)
_SCORE = re.compile(r"(?:\s?/\s?|\sout\sof\s|\sof\s)(?:5|10|100)(?![\w%]|[.,]\d)", re.IGNORECASE)
_OUT_OF = re.compile(
    rf"\s(?:out\sof|in)\s(?P<all>\d{{1,4}}|{_SPELLED})(?![\w%]|[.,:/-]\w)(?!\s?(?:{_either(_TIME)})\b)",
    re.IGNORECASE,
)
_ORDINALS = {
    "half": 2,
    "third": 3,
    "quarter": 4,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "eighth": 8,
    "tenth": 10,
}
_FRACTION = re.compile(
    r"(?<![\w-])(?:(?P<count>an?|one|two|three|four)[\s-](?P<part>half|(?:third|quarter|fourth|fifth|sixth|eighth|tenth)s?)|(?P<bare>half)"
    r"|(?P<top>[123])/(?P<bottom>[2345]))(?![\w/-]|\sdozen)",
    re.IGNORECASE,
)
# A fraction is a quantity where it measures ("by half", "half of", "a third fewer"), not in "a third party" or "half day".
_MEASURES_BEFORE = re.compile(
    r"(?:\b(?:by|to|in|of|than|about|nearly|almost|over|under|roughly|least|approximately|around|only|just|cut|save|saves|from)|[,:;(~]|^)\s*$",
    re.IGNORECASE,
)
_MEASURES_AFTER = re.compile(
    r"\s*(?:$|[,.;:)!?\U00100000-\U0010fffd])|\s(?:of|the|our|all|fewer|less|more|lower|as|its|by|in|within|until|before|on|for|at|through|compared|while|and)\b",
    re.IGNORECASE,
)
_ONE_UNIT = re.compile(
    r"(?<![\w-])(?:(?P<half>half\sana?|half\sa)|(?P<one>(?<=\bfrom\s)an?|(?<=\bto\s)an?|(?<=\bthan\s)an?|(?<=\bunder\s)an?|(?<=\bover\s)an?"
    r"|(?<=\bbelow\s)an?))\s(?P<unit>hour|minute|second|day|week|month|year)(?![\w-])(?!\s(?:of|reduction|cut|saving)\b)",
    re.IGNORECASE,
)
_FOLD = re.compile(
    r"(?<![\w-])(?:(?P<n>two|three|four|five|six|seven|eight|nine|ten|twenty|hundred)-?fold|twice|thrice)(?!\w)",
    re.IGNORECASE,
)
# A number right after one of these is a name or a place on a list: "Office 365", "ISO 9001", "level 2".
_NAMES = re.compile(
    r"(?<![\w-])(?:iso|iec|din|en|bs|gpt|office|microsoft|windows|covid|sap|section|article|art|level|tier|phase|stage|class|category"
    r"|type|line|plant|building|room|gate|terminal|ward|grade|version|v|no|nr|number|ticket|request|form|title|part|chapter|rule"
    r"|regulation|industry|web|python|top|route|highway|unit|flight|boeing|airbus|model|priority|prio|p|sprint|wave|batch|step|band"
    r"|scope|basel|solvency|paragraph|figure|table|page|year|shift|zone|district|region|site|depot|warehouse|pier|berth|track|platform"
    r"|runway|berth|module|lane|block|floor|series|fy|cohort|quarter|the\s(?:last|past|first|previous))\.?\s$",
    re.IGNORECASE,
)
_NOT_A_NUMBER = re.compile(r"[^\W\d_]|[-'’][^\W\d_]|[/:]\d|-\d|\s?[x×]\s?\d|%?[\w]")
_YEAR = re.compile(r"(?:19[5-9]|20[0-9])\d$")
_YEAR_BEFORE = re.compile(
    r"\b(?:in|by|since|until|before|of|during|for|year|vs\.?|versus|than|over|after|with|against|to|from|and|the|late|early|mid|end)\s$",
    re.IGNORECASE,
)


# Groups of thousands with what parts them; Indian grouping is by twos above the thousands and is written with commas.
_GROUPED = [
    (group, re.compile(rf"([1-9]\d{{0,2}}(?:{re.escape(group)}\d{{3}})+{indian})(?:[{points}](\d+))?"))
    for group, points, indian in (
        (",", ".", r"|[1-9]\d?(?:,\d{2})+,\d{3}"),
        (".", ",", ""),
        (" ", ".,", ""),
        ("'", ".,", ""),
    )
]


def numeral(text: str) -> tuple[Decimal, Decimal | None] | None:
    """The value of a numeral in any locale's form and, where there are two readings, the other one; None if it is no number.

    >>> numeral("1.200,50")
    (Decimal('1200.50'), None)
    >>> numeral("1.200")
    (Decimal('1200'), Decimal('1.200'))
    """
    if sum(map(str.isdigit, text)) > MAX_DIGITS or (not text.replace(" ", "").isascii() and "’" not in text):
        return None
    text = text.replace("’", "'")
    if re.fullmatch(r"\d+", text):
        return None if len(text) > 1 and text[0] == "0" else (Decimal(text), None)
    for group, pattern in _GROUPED:
        if match := pattern.fullmatch(text):
            whole, part = match[1].replace(group, ""), match[2]
            lone = group == "." and part is None and text.count(".") == 1
            return Decimal(f"{whole}.{part}" if part else whole), Decimal(text) if lone else None
    if match := re.fullmatch(r"(\d+)[.,](\d+)", text):
        return Decimal(f"{match[1]}.{match[2]}"), None
    return None


def spelled(text: str) -> Decimal | None:
    """The value of number words: "twenty-five" is 25, "one hundred and twenty" is 120."""
    total, part = 0, 0
    for word in re.split(r"[\s-]+", text.lower()):
        if word in DIGIT_WORDS:
            part += DIGIT_WORDS[word]
        elif word == "hundred":
            part = max(part, 1) * 100
        elif word in _POWERS:
            total, part = total + max(part, 1) * _POWERS[word], 0
        elif word not in {"a", "an", "and"}:
            return None
    return Decimal(total + part)


def plain(value: Decimal) -> Decimal:
    """Without trailing zeros or an exponent: 3.0 and 3 are one value, 4.1E+6 is 4100000."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def find(text: str) -> list[Quantity]:
    """All quantities of a text, in order, none overlapping. The text has plain spaces and its dates blanked out."""
    found: list[Quantity] = []
    for quantity in sorted((*_fractions(text), *_numbers(text)), key=lambda q: (q.start, -q.end)):
        if not found or quantity.start >= found[-1].end:
            if found and (both := _compound(text, found[-1], quantity)):
                found[-1] = both
            else:
                found.append(quantity)
    return found


def _compound(text: str, first: Quantity, second: Quantity) -> Quantity | None:
    """“1 h 30 min” as 90 minutes: a duration told in two units, the coarser one first."""
    if (
        second.start - first.end > 5
        or first.unit not in SECONDS
        or text[first.end : second.start].strip() not in {"", "and", ","}
    ):
        return None
    unit, _, rate = (second.unit or "").partition(" ")
    if (
        unit not in SECONDS
        or SECONDS[unit] >= SECONDS[first.unit]
        or first.high is not None
        or second.high is not None
    ):
        return None
    value = first.value * SECONDS[first.unit] / SECONDS[unit] + second.value
    return replace(second, start=first.start, value=value, unit=f"{unit} {rate}".strip(), sign=first.sign)


def _fractions(text: str) -> Iterator[Quantity]:
    for match in _FRACTION.finditer(text):
        if not (
            _MEASURES_BEFORE.search(text[max(0, match.start() - 16) : match.start()])
            and _MEASURES_AFTER.match(text, match.end())
        ):
            continue
        if match["bare"]:
            top, bottom = 1, 2
        elif match["top"]:
            top, bottom = int(match["top"]), int(match["bottom"])
        else:
            top = {"a": 1, "an": 1}.get(match["count"].lower()) or DIGIT_WORDS[match["count"].lower()]
            bottom = _ORDINALS[match["part"].lower().removesuffix("s")]
        if top < bottom:
            share = (Decimal(100 * top) / bottom).quantize(Decimal("0.01"))
            yield Quantity(start=match.start(), end=match.end(), value=plain(share), unit="%", share=True)
    for match in _FOLD.finditer(text):
        word = match[0].lower()
        times = (
            2
            if word == "twice"
            else 3
            if word == "thrice"
            else 100
            if match["n"].lower() == "hundred"
            else DIGIT_WORDS[match["n"].lower()]
        )
        yield Quantity(start=match.start(), end=match.end(), value=Decimal(times), unit="x", spelled=True)
    for match in _ONE_UNIT.finditer(text):
        value = Decimal("0.5") if match["half"] else Decimal(1)
        quantity = Quantity(
            start=match.start(), end=match.end(), value=value, unit=_TIME[match["unit"].lower()], spelled=True
        )
        yield _with_rate(text, quantity)


def _numbers(text: str) -> Iterator[Quantity]:
    for match in _NUMBER.finditer(text):
        if quantity := _number(text, match):
            yield quantity


def _number(text: str, match: re.Match[str]) -> Quantity | None:
    """One number and everything that belongs to it: range, scale, currency, unit, rate."""
    start, end = match.span()
    value: Decimal | None
    other = high = scale = None
    words = match["words"] or match["dozen"]
    if match["number"]:
        reading = numeral(match["number"])
        if reading is None:
            return None
        value, other = reading
    elif match["glyph"]:
        value = _PARTS[match["glyph"]]
    elif match["dozen"]:
        value = Decimal(6 if match["dozen"].lower().startswith("half") else 12)
    else:
        value = spelled(match["words"])
    if value is None:
        return None
    if mixed := _MIXED.match(text, end):
        over = mixed["over"]
        value += (
            Decimal(int(over[0])) / int(over[2])
            if over
            else _PARTS[(mixed["glyph"] or mixed["half"]).lower()]
        )
        end = mixed.end()
    unit = _CURRENCIES[match["currency"].lower()] if match["currency"] else None
    if match["thousands"]:  # "TEUR 500", "k€ 5", "MEUR 4.1"
        scale = Decimal(10**6 if match["thousands"].lower() == "m" else 1000)
        value, other = value * scale, other * scale if other is not None else None
    # "$2-5M", "20% - 30%", "30–60 minutes": the second end, with a unit of its own or the one that follows.
    bridge = end
    if first := (_THOUSANDS_OF.match(text, end) or _SCALE.match(text, end)):
        bridge = first.end()
    if first := (
        _CURRENCY.match(text, bridge) or _MEASURE.match(text, bridge) or _DURATION.match(text, bridge)
    ):
        bridge = first.end()
    low_scale = None
    for place in (end, bridge):
        if not words and (upper := _HIGH.match(text, place)) and (reading := numeral(upper["number"])):
            if place == bridge != end and (own := _SCALE.match(text, end)):
                low_scale = Decimal(_SCALES[own["scale"].lower()])
            high, end = reading[0], upper.end()
            if high <= value and low_scale is None and upper["currency"] is None and place == end:
                return None
            break
    if high is not None and unit is None and _YEAR.match(match["number"] or "") and _YEAR.match(str(high)):
        return None
    if found := (_THOUSANDS_OF.match(text, end) or _SCALE.match(text, end)):
        name = found["scale"].lower()
        after = _CURRENCY.match(text, found.end())
        # A small m may be metres or minutes; only money is counted in "m". A small t before money is German for thousand.
        if found["scale"] not in {"m", "b", "mm", "t", "cr"} or unit or after:
            scale = Decimal(1000 if name == "t" else _SCALES[name])
            value, end = value * scale, found.end()
            # "1.250 million" is a decimal, "1,250 million" could be either.
            if other is not None:
                value, other = other * scale, None
            elif match["number"] and re.fullmatch(r"[1-9]\d{0,2},\d{3}", match["number"]):
                other = Decimal(match["number"].replace(",", ".")) * scale
            high = high * scale if high is not None else None
    if text[end : end + 1] == "+" and not text[end + 1 : end + 2].isdigit():
        end += 1
    if low_scale and not scale:
        value *= low_scale
    quantity = Quantity(
        start=start,
        end=end,
        value=value,
        unit=unit,
        high=high,
        other=other,
        scale=scale,
        sign=match["sign"] or "",
        spelled=bool(words),
    )
    return _with_unit(text, quantity, match)


def _with_unit(text: str, quantity: Quantity, match: re.Match[str]) -> Quantity | None:
    """The quantity with the unit that follows it, or None where the number is no quantity: a year, an id, part of a name."""
    end, figure = quantity.end, match["number"] or ""
    if quantity.unit is None:
        if found := _OUT_OF.match(text, end):
            whole = spelled(found["all"]) if found["all"].isalpha() else Decimal(found["all"])
            if whole and quantity.value <= whole and quantity.value == quantity.value.to_integral_value():
                share = (100 * quantity.value / whole).quantize(Decimal("0.01"))
                return replace(quantity, end=found.end(), value=plain(share), unit="%", share=True)
        if (found := _SCORE.match(text, end)) and figure:
            return replace(quantity, end=found.end())
        if found := _TIMES.match(text, end):
            return replace(quantity, end=found.end(), unit="x")
        for pattern, units in ((_MEASURE, _MEASURES), (_CURRENCY, _CURRENCIES)):
            if (found := pattern.match(text, end)) and not (
                found["unit"].lower() == "fte" and _DURATION.match(text, end)
            ):
                quantity = replace(quantity, end=found.end(), unit=units[found["unit"].lower()])
                break
        else:
            if found := _DURATION.match(text, end):
                kind = (found["kind"] or "").strip(" -").lower()
                unit = _TIME[found["unit"].lower()]
                # "s", "d" and "h" count as units when glued to the figure or standing alone, never "5 d" of a list.
                kept = {
                    "working": "working ",
                    "business": "business ",
                    "person": "person-",
                    "man": "person-",
                    "fte": "FTE ",
                }.get(kind, "")
                # "10 day metric", "30 day readmissions": an adjective
                single = (
                    found["unit"].lower() in {"minute", "hour", "day", "week", "month", "year"}
                    and quantity.value != 1
                )
                if single and _NOUN_NEXT.match(text, found.end()) and not _before_change(text, found.end()):
                    return None
                if not kind or kept:
                    quantity = replace(quantity, end=found.end(), unit=kept + unit)
    elif found := _CURRENCY.match(text, end):  # "$5 USD"
        quantity = replace(quantity, end=found.end())
    if quantity.unit == "bps":
        quantity = replace(quantity, value=quantity.value / 100, unit="pp")
    after = text[quantity.end : quantity.end + 1]
    if quantity.unit is None:
        if _NOT_A_NUMBER.match(text, end) and not quantity.scale:
            return None
        # "one or more", "the one that": a pronoun unless it states a level
        if (
            quantity.spelled
            and quantity.value == 1
            and not re.search(r"\b(?:from|to|by)\s$", text[max(0, quantity.start - 6) : quantity.start])
        ):
            return None
        if _NAMES.search(text[max(0, quantity.start - 24) : quantity.start]):
            return None
        if quantity.high is None and _YEAR.match(figure) and _is_year(text, quantity):
            return None
    elif after == "-" and text[quantity.end + 1 : quantity.end + 2].isalpha():
        return None  # "30-minute-long"
    if figure and text[end : end + 1] == "-" and quantity.unit and not _before_change(text, quantity.end):
        return None  # "30-day readmissions": an adjective, part of the metric's name
    return _with_rate(text, quantity)


_NOUN_NEXT = re.compile(
    rf"\s{_END_OF_RATE}(?!(?:per|a|an|each|every|it|they|less|more|faster|shorter|earlier)\b)[a-z]",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\s(?:[a-z]+\s)?(?:reduction|decrease|cut|drop|fall|decline|saving|increase|growth|rise|improvement|gain|uplift|boost|lift|jump|target|goal)s?\b",
    re.IGNORECASE,
)


def _before_change(text: str, end: int) -> bool:
    return _CHANGE.match(text, end) is not None


def _is_year(text: str, quantity: Quantity) -> bool:
    """Whether a bare figure between 1950 and 2099 is a calendar year here."""
    if text[quantity.end : quantity.end + 2] in {"'s", "’s"}:
        return True
    return bool(
        _YEAR_BEFORE.search(text[max(0, quantity.start - 8) : quantity.start])
        and not re.match(r"(?:to|from)\s", text[max(0, quantity.start - 5) : quantity.start].lstrip())
        and not _RATE.match(text, quantity.end)
    )


def _with_rate(text: str, quantity: Quantity) -> Quantity:
    """“7 per month”, “200 a week”, “500,000 EUR annually”: the rate joins the unit."""
    found = _RATE.match(text, quantity.end)
    if not found:
        return quantity
    if found["adverb"]:
        rate = _ADVERBS[found["adverb"].lower()]
    else:
        words = (found["period"] or found["of"]).split()
        if words[0].lower() in _PERIODS and words[1:2] != ["and"]:
            end = found.start("of") + len(words[0]) if found["of"] else found.end()
            rate = "per " + words[0].lower().removesuffix("s")
            return replace(quantity, end=end, unit=f"{quantity.unit} {rate}" if quantity.unit else rate)
        rate = "per " + " ".join(words)
    return replace(quantity, end=found.end(), unit=f"{quantity.unit} {rate}" if quantity.unit else rate)
