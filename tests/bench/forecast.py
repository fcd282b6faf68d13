"""What the forecast would have said: `python -m tests.bench.forecast`.

First the sample's ended pilots, six weeks before their end; then how often the interval held what came, over every
pilot of the sample and every day on which something could be said.
"""

from collections import Counter
from datetime import date, timedelta

from bot.domain.digest import ended_on
from bot.domain.forecast import LEAST_DAYS, LEAST_READINGS, CannotSay, course, extrapolated, forecast
from bot.domain.pilot import Pilot
from bot.domain.record import Record
from tests.domain.test_replay import SAMPLE

EARLIER = timedelta(weeks=6)


def said_before(pilot: Pilot, record: Record) -> tuple[str, str]:
    """What it would have said six weeks before the end, and what came."""
    metric, on = pilot.metric, ended_on(pilot, record)
    day = on - EARLIER
    # The deadline may be long after: asked is where it stands on the day it ended.
    points = course(record.readings, day)
    came = next((one for one in reversed(record.readings) if one.on <= on), None)
    truth = f"{came.value} on {came.on}" if came else "no number"
    if metric is None:
        return "cannot say: no metric", truth
    told = forecast(metric, record.readings, day)
    if isinstance(told, CannotSay):
        at_deadline = f"cannot say ({told.because}: {told.readings} readings over {told.days} days, {told.ahead} days ahead)"
    else:
        at_deadline = f"{told.expected:.2f} ({told.low:.2f} to {told.high:.2f}) on {told.on}, {told.outlook}"
    if len(points) >= LEAST_READINGS and (points[-1][0] - points[0][0]).days >= LEAST_DAYS:
        expected, half = extrapolated(points, (on - points[-1][0]).days)
        at_deadline += f"; on the day of the end {expected:.2f} ± {half:.2f}"
    return at_deadline, truth


def held() -> tuple[int, int, Counter[str]]:
    """How many later readings lay inside the interval that was said of their day, of how many, and whose did not."""
    inside = total = 0
    misses: Counter[str] = Counter()
    for pilot, record in SAMPLE:
        points = course(record.readings, date.max)
        for at in range(LEAST_READINGS, len(points)):
            known = points[:at]
            span = (known[-1][0] - known[0][0]).days
            if span < LEAST_DAYS:
                continue
            for day, value in points[at:]:
                ahead = (day - known[-1][0]).days
                if ahead <= span:
                    expected, half = extrapolated(known, ahead)
                    hit = abs(value - expected) <= half + 1e-9
                    inside, total = inside + hit, total + 1
                    misses[pilot.id] += not hit
    return inside, total, +misses


def main() -> None:
    """Prints both."""
    for pilot, record in SAMPLE:
        if pilot.stage.ended:
            told, truth = said_before(pilot, record)
            target = (
                f"target {pilot.metric.target} by {pilot.metric.deadline}" if pilot.metric else "no metric"
            )
            print(f"{pilot.id} {pilot.name} ({pilot.stage} on {ended_on(pilot, record)}, {target})")
            print(f"    six weeks before: {told}")
            print(f"    what came: {truth}")
    inside, total, misses = held()
    print(
        f"{inside} of {total} later readings of the sample lie inside their interval ({inside / total:.0%})"
    )
    for name, missed in sorted(misses.items(), key=lambda one: -one[1]):
        print(f"    {missed} of the others belong to {name}, whose course turned")


if __name__ == "__main__":
    main()
