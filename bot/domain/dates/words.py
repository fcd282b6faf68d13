"""The words that dates are made of."""

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar jan",
            "february februar feb",
            "march märz maerz mar",
            "april apr",
            "may mai",
            "june juni jun",
            "july juli jul",
            "august aug",
            "september sept sep",
            "october oktober oct okt",
            "november nov",
            "december dezember dec dez",
        ),
        1,
    )
    for name in names.split()
}
# Meteorological seasons of the northern half: the last month of each.
SEASONS = {"spring": 5, "summer": 8, "autumn": 11, "fall": 11, "winter": 2}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "last": 4,
}
# Days that move from year to year, and that people keep by different calendars: they are asked for.
FEASTS = (
    "easter",
    "whitsun",
    "pentecost",
    "thanksgiving",
    "ramadan",
    "eid",
    "diwali",
    "passover",
    "lunar new year",
)
_UNITS = ("day", "week", "month", "quarter", "year")
# A text with none of these words and no figure has no deadline.
WORDS = {
    *MONTHS,
    *SEASONS,
    *WEEKDAYS,
    *_UNITS,
    *(unit + "s" for unit in _UNITS),
    "christmas",
    *(name.split()[0] for name in FEASTS),
    "xmas",
    "eoy",
    "jahresende",
    "tomorrow",
    "today",
    "half",
}
