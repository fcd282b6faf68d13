"""Which way a metric should move and how the amount of movement is stated: shared by `outcome` and `metric`."""

from enum import StrEnum


class Direction(StrEnum):
    """Where the number is meant to go. The keep pair holds a level instead of moving it."""

    INCREASE = "increase"
    DECREASE = "decrease"
    KEEP_ABOVE = "keep_above"
    KEEP_BELOW = "keep_below"


class Kind(StrEnum):
    """How the change is stated."""

    RELATIVE = "relative"  # "by 40 %" of whatever it is now
    ABSOLUTE_BY = "absolute_by"  # "by 0.8 percentage points", "1,200 hours a month less"
    ABSOLUTE_TO = "absolute_to"  # "to 7 per month", "at least 90 %"
    FROM_TO = "from_to"  # "from 7.5 to 3 minutes"
