"""I1: whatever is typed after /pilot is answered in time, names what is wrong with one example that works, and nothing in it takes effect.

Three sources: any text there is (hypothesis), mutants of the grammar's own examples, and words of the trade in any order. The short
form runs with everything else; `make trial T=ten_thousand_texts` types 10,000 (`TRIAL_SEED` names another seed, `TRIAL_SHARE` a part).
"""

import logging
import os
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bot.domain import commands
from bot.domain.errors import UserError
from bot.domain.grammar import EXAMPLES
from bot.playground.seen import Seen
from tests.faults.world import times
from tests.journeys.kit import House, house
from tests.journeys.models import parsed
from tests.journeys.test_door_abuse import sentences
from tests.playground.hostile import HOSTILE

#: Slack hangs up then.
LIMIT = 3.0
PEOPLE = ("alice", "charlie", "ada", "sam")
#: One house gets so many: what people see of it grows with every one.
A_HOUSE = 400
_EXAMPLE = re.compile(r"[Ee]xample: ([^\n]+)")
_TOKEN = re.compile(r"<([^>]*)>")


def any_text(number: int, count: int) -> list[str]:
    """Texts as hypothesis finds them; half of them behind a verb."""
    found: list[str] = []
    noise = st.text(max_size=300) | st.sampled_from(HOSTILE)
    typed = noise | st.builds("{} {}".format, st.sampled_from(sorted(EXAMPLES)), noise)

    @seed(number)
    @settings(
        max_examples=count, phases=[Phase.generate], database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )  # fmt: skip
    @given(typed)
    def collect(text: str) -> None:
        found.append(text[:3000])

    collect()
    return found


def every_text(number: int, count: int) -> Iterator[str]:
    """A third from hypothesis, the rest mutants and words, mixed; as many as asked for."""
    some = any_text(number, count // 3)
    mixed = [*some, *sentences(number, count - len(some))]
    random.Random(number).shuffle(mixed)
    yield from mixed


@dataclass
class Told:
    """What came of it all."""

    #: Seconds on the wall, and of the processor, Slack and the people included: the first tell how busy the machine is.
    slowest: float = 0.0
    busiest: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)


async def typed(home: House, texts: list[str], told: Told) -> None:
    for number, text in enumerate(texts):
        who = PEOPLE[number % len(PEOPLE)]
        home.slack.workspace.clear_views(home.slack.workspace.person(who).id)
        began, busy = time.perf_counter(), time.process_time()
        seen = await home.hands.command(who, f"/pilot {text}", patience=0.0)
        told.slowest = max(told.slowest, time.perf_counter() - began)
        told.busiest = max(told.busiest, time.process_time() - busy)
        assert seen.status == 200, (text, seen.notices)
        if seen.view is None and all("One moment" in message.text for message in seen.all):
            await _followed(home, who, seen)
        told.kinds[_judged(home, text, seen)] += 1


async def _followed(home: House, who: str, seen: Seen) -> None:
    """What is drawn, or needs a form, follows the answer; everything does where the machine is busy."""
    ledger, slack = home.slack.ledger, home.slack.workspace
    await slack.until(lambda: bool(ledger.untaken(who)) or slack.top_view(who) is not None, timeout=60.0)
    seen.messages, seen.view = ledger.take_all(who), slack.top_view(who)


def _judged(home: House, text: str, seen: Seen) -> str:
    """Raises where the answer is none; else what kind of answer it is."""
    words = seen.text
    assert words.strip(), text
    assert "on our side" not in words, (text, words)
    for message in seen.all:
        assert len(message.text) <= 3000, text
        _nothing_takes_effect(home, text, [message.text, *parsed(message.blocks)])
    if not _refused(text):
        return "read"
    assert len(words) < 3000, text
    found = _EXAMPLE.search(words)
    assert found is not None, (text, words)
    example = found[1].strip().strip("`").removeprefix("/pilot ").rstrip("`").strip()
    assert not _refused(example), (text, example)
    return "refused with an example"


def _refused(text: str) -> bool:
    """Whether the grammar cannot read it."""
    try:
        return isinstance(commands.parse(text, date(2027, 3, 1)), commands.Unknown)
    except UserError:
        return True


def _nothing_takes_effect(home: House, text: str, shown: list[str]) -> None:
    """Mentions of people who are there, dates and links of ours are all that Slack may act on."""
    for token in (found[1] for one in shown for found in _TOKEN.finditer(one)):
        person = token.startswith("@") and token[1:].partition("|")[0] in home.slack.workspace.users
        ours = token.startswith(("!date^", "https://slack.com/", "http://127.0.0.1"))
        assert person or ours, (text, token)


async def played(tmp_path: Path, number: int, count: int) -> Told:
    told, texts = Told(), every_text(number, count)
    for turn in range(-(-count // A_HOUSE)):
        folder = tmp_path / str(turn)
        folder.mkdir()
        async with house(folder, expect_all=False) as home:
            await home.register()
            await typed(home, list(islice(texts, A_HOUSE)), told)
            assert not home.slack.app.refusals, home.slack.app.refusals
    return told


async def test_whatever_is_typed_is_answered_with_an_example(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        told = await played(tmp_path, 1, 15)
    assert not caplog.records, caplog.text
    assert set(told.kinds) == {"read", "refused with an example"}


@pytest.mark.trial
@pytest.mark.timeout(3600)
async def test_ten_thousand_texts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    number, count = int(os.environ.get("TRIAL_SEED", "1")), times(10_000)
    with caplog.at_level(logging.ERROR):
        told = await played(tmp_path, number, count)
    assert not caplog.records, caplog.text
    print(
        f"\nI1: seed {number}, {told.kinds.total()} texts, {dict(told.kinds)}; slowest answer {told.slowest:.2f} s on the wall, "
        f"{told.busiest:.2f} s of the processor"
    )
    assert told.busiest < LIMIT
