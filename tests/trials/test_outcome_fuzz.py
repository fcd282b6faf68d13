"""A million inputs to the outcome gate: no exception, and what it reads back it reads the same way again.

``PILOTLIGHT_FUZZ=50000 make trial T=outcome`` runs fewer; ``-p hypothesis --hypothesis-seed=N`` repeats a run.
"""

import importlib.util
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.domain.outcome import echo, judge, to_json
from tests.domain.test_outcome import CASES, PIECES, SAMPLES, lines

pytestmark = [pytest.mark.trial, pytest.mark.timeout(4 * 3600)]
INPUTS = int(os.environ.get("PILOTLIGHT_FUZZ", "1000000"))
ON = date(2026, 1, 2)
SENTENCES = [row["text"] for row in lines(SAMPLES) + lines(CASES)]
SIGNS = "0123456789.,%€$£-–—+→:;()“”\"'/½¼¾x× \n\tkMm²°‰"
ran: Counter[str] = Counter()


def check(text: str, on: date = ON) -> None:
    """One verdict that can be written down, and an echo that is stable from the first reading on."""
    outcome = judge(text, on)
    line = echo(outcome)
    assert "\n" not in line
    assert echo(judge(line, on)) == line
    to_json(outcome)


def mutated(text: str, seed: int) -> str:
    """A sentence with some of its characters lost, doubled, swapped or replaced, or spliced with another one."""
    chance = random.Random(seed)
    letters = list(text)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(letters) + 1)
        match chance.randrange(5):
            case 0:
                letters[at : at + chance.randint(1, 8)] = []
            case 1:
                letters[at:at] = chance.choice(SIGNS) * chance.randint(1, 3)
            case 2:
                letters[at:at] = f" {chance.choice(PIECES)} "
            case 3:
                letters[at:at] = letters[: chance.randint(0, 12)]
            case _:
                letters[at:] = chance.choice(SENTENCES)[at:]
    return "".join(letters)


STRATEGIES: dict[str, tuple[float, st.SearchStrategy[str]]] = {
    "any text": (0.15, st.text(max_size=300)),
    "signs and figures": (0.15, st.text(alphabet=SIGNS, max_size=120)),
    "words of the trade": (0.3, st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)),
    "mutated sentences": (
        0.3,
        st.builds(mutated, st.sampled_from(SENTENCES), st.integers(0, 2**32)),
    ),
    "numbers in a frame": (
        0.1,
        st.builds(
            "{} {} {} {}{} {}".format,
            st.sampled_from(["Cut", "Raise", "Keep", "From", "At least", "Save", ""]),
            st.sampled_from(["waiting time", "the churn rate", "costs", ""]),
            st.sampled_from(["by", "to", "from 5 to", "below", "up to", "", "by about"]),
            st.one_of(
                st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
                st.integers(-(10**18), 10**18).map("{:,}".format),
                st.text(alphabet="0123456789.,' ", min_size=1, max_size=14),
            ),
            st.sampled_from(["", "%", "k", " M EUR", " pp", "-", " hours", "x", " Mio. €", " lakh"]),
            st.sampled_from(["", "per month", "by June", "within 9 months", "by 31/02/2026", "each year"]),
        ),
    ),
}


@pytest.mark.parametrize("kind", STRATEGIES)
def test_e1_outcome_fuzz_no_exception_and_a_stable_echo(kind: str) -> None:
    """Five ways to make up a text, a million in all."""
    share, strategy = STRATEGIES[kind]

    @settings(
        max_examples=int(INPUTS * share),
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy, st.integers(0, 400))
    def run(text: str, days: int) -> None:
        ran[kind] += 1
        check(text, ON + timedelta(days=days))

    began = time.process_time()
    run()
    print(f"\n{kind}: {ran[kind]:,} inputs, {time.process_time() - began:.0f} s of processor time")


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris has no build for this machine"
)
def test_e1_outcome_fuzz_guided_by_coverage(tmp_path: Path) -> None:
    """Atheris follows the branches that an input reaches; a finding ends its process with an exception."""
    for number, text in enumerate(SENTENCES):
        (tmp_path / f"{number}.txt").write_text(text, encoding="utf-8")
    runs = INPUTS // 20
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.trials.test_outcome_fuzz",
            f"-runs={runs}",
            "-max_len=400",
            "-seed=1",
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    print(f"\natheris: {runs:,} inputs", *done.stderr.splitlines()[-2:], sep="\n")
    assert done.returncode == 0, done.stderr[-4000:]


def guided() -> None:
    """The process of its own in which atheris instruments the gate."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["bot.domain"]):
        for name in [name for name in sys.modules if name.startswith("bot.domain")]:
            del sys.modules[name]
        gate = importlib.import_module("bot.domain.outcome")

    def one(data: bytes) -> None:
        text = data.decode("utf-8", "ignore")
        line = gate.echo(gate.judge(text, ON))
        assert gate.echo(gate.judge(line, ON)) == line

    setup: Callable[..., object] = atheris.Setup
    setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    guided()
