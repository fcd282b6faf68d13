"""The spellings of units and scales, each with the one form in which it comes out."""

import re
from collections.abc import Iterable
from decimal import Decimal


def _table(rows: str) -> dict[str, str]:
    """Lines of "name = spelling, spelling" as {spelling: name}; a name spells itself too."""
    table = {}
    for row in rows.strip().splitlines():
        name, _, spellings = row.partition("=")
        for spelling in filter(str.strip, [name, *spellings.split(",")]):
            table[spelling.strip().lower()] = name.strip()
    return table


def either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


SCALES = _table(
    """1000 = k, thousand, tsd, tausend
    1000000 = m, mn, mm, mio, million, millions, millionen
    1000000000 = b, bn, billion, billions, mrd, milliarden
    1000000000000 = tn, trillion, trillions
    100000 = lakh, lakhs, lac
    10000000 = crore, crores, cr"""
)
CURRENCIES = _table(
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
TIME = _table(
    """milliseconds = ms, msec, millisecond
    seconds = s, sec, secs, second, sekunden
    minutes = min, mins, minute, minuten
    hours = h, hr, hrs, hour, std, stunden
    days = d, day, tage, tagen
    weeks = wk, wks, week, wochen
    months = month, mths, monate, monaten
    years = yr, yrs, year, jahre, jahren"""
)
MEASURES = _table(
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
PERIODS = {
    form
    for base in [
        "second",
        "minute",
        "hour",
        "day",
        "week",
        "month",
        "quarter",
        "year",
        "shift",
        "night",
        "season",
    ]
    for form in (base, base + "s")
}
ADVERBS = _table(
    """per year = annually, yearly, p.a., p.a, per annum
    per month = monthly
    per week = weekly
    per day = daily
    per quarter = quarterly
    per hour = hourly"""
)


# A year is not a round number of them by its seconds.
_EVEN = {("years", "months"): 12, ("years", "weeks"): 52}


def in_unit(value: Decimal, old: str, new: str) -> Decimal:
    """A duration in a finer unit: a year is 12 months and 52 weeks, a month 30 days."""
    factor = _EVEN.get((old, new))
    told = value * factor if factor else value * SECONDS[old] / SECONDS[new]
    return told.quantize(Decimal("0.01")) if told != told.quantize(Decimal("0.000001")) else told


def is_money(unit: str) -> bool:
    return unit.split(" ", maxsplit=1)[0] in CURRENCIES.values()


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
