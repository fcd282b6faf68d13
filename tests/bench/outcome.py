"""``python -m tests.bench.outcome``: what the outcome gate costs and what it says of a real inventory, as the tables of docs/figures.md.

``--draw`` prints instead the forty entries that were read by eye, with their verdicts. The inventory is read from the folder
that PILOTLIGHT_EXTRA_DATA names; without it only the patterns are measured.
"""

import csv
import os
import random
import statistics
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path

from bot.domain.outcome import Outcome, echo, judge

ON = date(2026, 1, 2)
SEED, DRAWN = 20261122, 40
LONG, REPEATS = 2_000, 7
#: Growth from 1,000 to 10,000 characters that is still called linear.
LINEAR = 12.0
#: What a text can be full of: each is repeated up to the length.
PATTERNS = {
    "numbers": "5 ",
    "shares": "5 % ",
    "ranges": "5-10 % ",
    "decimals": "1.1.",
    "apostrophes": "5'",
    "slashes": "5/5 ",
    "grouped": "1 000 000 ",
    "money": "EUR 5 ",
    "durations": "1 h 30 min ",
    "rates": "5 per a b c ",
    "shares of": "5 out of 10 ",
    "number words": "one hundred and ",
    "fractions": "half ",
    "changes": "from 5 to ",
    "bounds": "less than ",
    "bounded": "fewer than 5 a per day ",
    "verbs": "keep ",
    "goals": "cut cost by 5 % ",
    "maybes": "could cut 5 hours, ",
    "shares done": "Answer 5 % of x, ",
    "dates": "by 1 May 2026 ",
    "ISO dates": "2026-06-30 ",
    "spans": "within 5 days ",
    "months": "may ",
    "prefixes": "our goal is to ",
    "wishes": "Reduce costs. Cut delays. ",
    "questions": "Is it 5 % or 5 hours per week? ",
    "echoes": "Keep “a” below 5; ",
    "lines": "Costs 5\n",
    "bullets": "• 5 % of all ",
    "brackets": "(",
    "commas": "a, ",
    "hyphens": "a-",
    "arrows": "->",
    "one word": "x",
    "digits": "5",
    "emoji": "😀 ",
    "typos": "redcue ",
}


def processor(text: str, repeats: int = 1) -> float:
    """Milliseconds of processor time for one verdict: the median of several."""
    taken = []
    for _ in range(repeats):
        began = time.process_time()
        judge(text, ON)
        taken.append(time.process_time() - began)
    return 1_000 * statistics.median(taken)


def filled(pattern: str, length: int) -> str:
    return (pattern * (length // len(pattern) + 1))[:length]


def patterns() -> None:
    """One row per pattern: its time at three lengths, and how it grows."""
    print("| pattern | 1,000 | 2,000 | 10,000 characters (ms) | growth |\n|---|---|---|---|---|")
    rows = []
    for name, pattern in PATTERNS.items():
        short, middle, long = (processor(filled(pattern, n), REPEATS) for n in (1_000, LONG, 10_000))
        rows.append((name, short, middle, long, long / max(short, 0.05)))
    for name, short, middle, long, growth in sorted(rows, key=lambda row: -row[2]):
        over = "" if growth <= LINEAR else " (more than linear)"
        print(f"| {name} | {short:.2f} | {middle:.2f} | {long:.2f} | {growth:.1f}{over} |")
    slowest, steepest = max(row[2] for row in rows), max(row[4] for row in rows)
    print(
        f"\nThe slowest at 2,000: {slowest:.2f} ms. The steepest: {steepest:.1f} times for ten times the text."
    )


def live_benefits(folder: Path) -> list[str]:
    """The stated benefits of the entries that have a stage and are not retired."""
    with (folder / "omb-2025-ai-use-cases.csv").open(encoding="utf-8", errors="replace", newline="") as file:
        return [
            row["benefits"]
            for row in csv.DictReader(file)
            if row["benefits"].strip()
            and row["development_stage"].strip()
            and not row["development_stage"].startswith("Retired")
        ]


def table(verdicts: list[Outcome]) -> None:
    counted = Counter((one.verdict, one.reason) for one in verdicts)
    print("| verdict | reason | entries | share |\n|---|---|---|---|")
    for (verdict, reason), count in counted.most_common():
        print(f"| {verdict} | {reason or ''} | {count:,} | {100 * count / len(verdicts):.1f} % |")
    past = sum("past_result" in one.ask for one in verdicts)
    print(
        f"\n{len(verdicts):,} entries. Of those accepted, {past} tell of a result that is there already and are asked."
    )


def at_length(benefits: list[str]) -> None:
    """Each entry, repeated with its neighbours until it has 2,000 characters: never the same sentence twice in a row."""
    taken = []
    for at, text in enumerate(benefits):
        scaled, n = text, at
        while len(scaled) < LONG:
            n += 1
            scaled += " " + benefits[n % len(benefits)]
        taken.append(processor(scaled[:LONG]))
    taken.sort()
    print(
        f"Scaled to {LONG:,} characters: median {statistics.median(taken):.2f} ms, 99 of 100 below {taken[len(taken) * 99 // 100]:.2f} ms, "
        f"the slowest {taken[-1]:.2f} ms, {sum(one > 5 for one in taken)} above 5 ms."
    )


def main(arguments: list[str]) -> None:
    """Prints the tables."""
    extra = os.environ.get("PILOTLIGHT_EXTRA_DATA")
    benefits = live_benefits(Path(extra)) if extra else []
    if "--draw" in arguments:
        for at in sorted(random.Random(SEED).sample(range(len(benefits)), DRAWN)):
            outcome = judge(benefits[at], ON)
            print(
                f"{at}: {outcome.verdict} {outcome.reason or ''} | {echo(outcome)}\n    {' '.join(benefits[at].split())}"
            )
        return
    patterns()
    if benefits:
        print()
        table([judge(text, ON) for text in benefits])
        print()
        at_length(benefits)
    else:
        print("\nThe inventory: not there (PILOTLIGHT_EXTRA_DATA is not set).")


if __name__ == "__main__":
    main(sys.argv[1:])
