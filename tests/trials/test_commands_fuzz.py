"""I1 below the door: what is typed after /pilot, guided by coverage. `make trial T=commands_fuzz`, PILOTLIGHT_FUZZ=1000000 for all of it.

Whatever it is, it is a command or a refusal that names an example which can be read; and a command about one of several pilots, said
again by a button, means the same.
"""

import importlib
import importlib.util
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from bot.domain import commands, grammar
from bot.domain.errors import UserError
from tests.journeys.test_door_abuse import sentences

TODAY = date(2027, 3, 1)
KNOWN = ["Invoice Reader", "Ask HV", "P1", "R&D helper", "moving on"]
INPUTS = int(os.environ.get("PILOTLIGHT_FUZZ", "50000"))
_EXAMPLE = re.compile(r"[Ee]xample: ([^\n]+)")


def check(text: str, within: ModuleType = commands, refusal: type[Exception] = UserError) -> str:
    """What kind of answer it is; raises where it is none."""
    try:
        command = within.parse(text, TODAY, KNOWN)
    except refusal as refused:
        said = str(refused)
        assert said.strip() and len(said) < 3000, text
        found = _EXAMPLE.search(said)
        assert found is not None, (text, said)
        example = found[1].strip().strip("`").removeprefix("/pilot ").strip("`").strip()
        within.parse(example, TODAY, KNOWN)
        return "refused"
    if type(command).__name__ == "Unknown":
        return "unknown"
    if getattr(command, "name", "") and (again := within.sentence(within.about(command, "P1"))):
        meant = within.parse(again, TODAY, KNOWN)
        assert type(meant) is type(command), (text, again)
        assert meant.name == "P1", (text, again)
    return "read"


@pytest.mark.parametrize("seed", range(4))
def test_what_is_typed_is_read_or_refused_with_an_example_that_is_read(seed: int) -> None:
    kinds = {check(text) for text in sentences(seed, 150)}
    assert kinds == {"read", "refused", "unknown"}


@pytest.mark.trial
@pytest.mark.timeout(4 * 3600)
@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris has no build for this machine"
)
def test_i1_commands_fuzz_guided_by_coverage(tmp_path: Path) -> None:
    for number, text in enumerate([*grammar.EXAMPLES.values(), *sentences(1, 300)]):
        (tmp_path / f"{number}.txt").write_text(text, encoding="utf-8", errors="ignore")
    seed = random.Random(INPUTS).randrange(1, 2**31)
    done = subprocess.run(
        [sys.executable, "-m", "tests.trials.test_commands_fuzz", f"-runs={INPUTS}", "-max_len=300", f"-seed={seed}", str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    print(f"\natheris: {INPUTS:,} inputs, seed {seed}", *done.stderr.splitlines()[-2:], sep="\n")
    assert done.returncode == 0, done.stderr[-4000:]


def guided() -> None:
    """The process of its own in which atheris instruments the grammar."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["bot.domain"]):
        for name in [name for name in sys.modules if name.startswith("bot.domain")]:
            del sys.modules[name]
        within = importlib.import_module("bot.domain.commands")
        refusal = importlib.import_module("bot.domain.errors").UserError

    def one(data: bytes) -> None:
        check(data.decode("utf-8", "ignore"), within, refusal)

    setup: Callable[..., object] = atheris.Setup
    setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    guided()
