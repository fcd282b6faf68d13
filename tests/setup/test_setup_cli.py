"""The command line's manners: every verb teaches by an example, completes, ends with 0, 1 or 2, and draws only on a terminal."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from bot.cli import app

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "bot" / "data" / "pilots.csv"
OTHER = ROOT / "tests" / "data" / "second-pilots.csv"
VERBS = sorted(get_command(app).list_commands(None))  # type: ignore[attr-defined]

#: Verb → arguments that end well, and arguments that meet a problem (the database is empty but for the sample).
CASES: dict[str, tuple[list[str] | None, list[str] | None]] = {
    "audit": ([], ["--workspace", "nobodys"]),
    "backup": (["FILE"], ["SAMPLE", "--restore"]),
    "demo": (["--headless", "--weeks", "1"], None),
    "digest": (["--dry-run"], ["--workspace", "nobodys"]),
    "doctor": (None, []),
    "erase": (["--person", "Mara Lindqvist", "--dry-run"], ["--person", "Nobody At All", "--yes"]),
    "export": ([], ["--workspace", "nobodys"]),
    "happened": (["Ask HV"], ["no such pilot at all"]),
    "import": (["OTHER", "--dry-run"], ["missing.csv"]),
    "init": (None, ["--yes"]),
    "manifest": (["slack"], ["teams"]),
    "migrate": ([], None),
    "outcome": (
        ["Reduce handling time from 10 to 6 minutes by 29 October 2027"],
        ["--file", "missing.jsonl"],
    ),
    "replay": (["--until", "2026-11-20"], ["--workspace", "nobodys"]),
    "report": ([], ["--workspace", "nobodys"]),
    "rotate-keys": ([], None),
    "run": (None, None),
    "tick": (["--dry-run"], None),
    "web": (None, None),
    "work": (None, None),
}
#: What is wrong whatever the verb does.
MISSPELT = {"SLACK_BOT_TOKN": "x"}
READS_NO_SETTINGS = {"demo", "outcome"}


#: The sample's database, made once.
_IMPORTED: list[bytes] = []


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A folder of its own with the sample in its database."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if re.match(r"(SLACK|TEAMS|PILOTLIGHT_KEYS|DATABASE_URL|PUBLIC_URL)", name):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///cli.db")
    if not _IMPORTED:
        done = CliRunner().invoke(app, ["import", str(SAMPLE)])
        assert done.exit_code == 0, done.output
        _IMPORTED.append((tmp_path / "cli.db").read_bytes())
    (tmp_path / "cli.db").write_bytes(_IMPORTED[0])
    return CliRunner()


def given(arguments: list[str], tmp_path: Path) -> list[str]:
    return [
        {"SAMPLE": str(SAMPLE), "OTHER": str(OTHER), "FILE": str(tmp_path / "a.copy")}.get(one, one)
        for one in arguments
    ]


def test_the_table_names_every_verb() -> None:
    assert sorted(CASES) == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_help_teaches_by_a_line_that_works(verb: str) -> None:
    done = CliRunner().invoke(app, [verb, "--help"])
    assert done.exit_code == 0
    words = " ".join(done.output.split())
    assert re.search(rf"For example: ([A-Z]+=\S+ )?pilotlight {verb}\b", words), words[-200:]


@pytest.mark.parametrize("verb", [verb for verb in VERBS if CASES[verb][0] is not None and verb != "demo"])
def test_what_goes_well_ends_with_0(verb: str, cli: CliRunner, tmp_path: Path) -> None:
    done = cli.invoke(app, [verb, *given(CASES[verb][0] or [], tmp_path)])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("verb", [verb for verb in VERBS if CASES[verb][1] is not None])
def test_a_problem_ends_with_1_and_says_what_to_do(verb: str, cli: CliRunner, tmp_path: Path) -> None:
    done = cli.invoke(app, [verb, *given(CASES[verb][1] or [], tmp_path)])
    assert done.exit_code == 1, done.output
    assert "Traceback" not in done.output
    assert len([line for line in done.output.splitlines() if line.strip()]) >= 2, done.output


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in READS_NO_SETTINGS])
def test_misspelt_settings_end_with_1(verb: str, cli: CliRunner, tmp_path: Path) -> None:
    arguments = given(CASES[verb][0] or CASES[verb][1] or [], tmp_path)
    done = cli.invoke(app, [verb, *arguments], env=MISSPELT)
    assert done.exit_code == 1, done.output
    assert "SLACK_BOT_TOKEN" in done.output


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        (["tick", "--json", "--at", "2026-11-22T10:00"], 0, "looked_at"),
        (["tick", "--json", "--dry-run", "--at", "2026-11-22T10:00"], 0, "messages"),
        (["migrate", "--json"], 0, "up_to_date"),
        (["happened", "Ask HV", "--json"], 0, "headline"),
        (["happened", "no such pilot at all", "--json"], 1, "problem"),
    ],
)
def test_json_is_all_that_stands_on_the_output(
    arguments: list[str], code: int, field: str, cli: CliRunner
) -> None:
    done = cli.invoke(app, arguments)
    assert (done.exit_code, field in json.loads(done.stdout)) == (code, True), done.output


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("DATABSE_URL", "DATABASE_URL"),
        ("PUBLIC_ULR", "PUBLIC_URL"),
        ("DATABASE_URI", None),
        ("LOGLEVEL", None),
    ],
)
def test_a_slip_of_the_pen_is_told_from_another_programs_name(
    name: str, meant: str | None, cli: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    done = cli.invoke(app, ["replay", "--until", "2026-11-20"], env={name: "x"})
    assert (f"did you mean {meant}?" in done.output) is (meant is not None), done.output
    assert done.exit_code == (1 if meant else 0)


@pytest.mark.parametrize("verb", VERBS)
def test_an_unknown_option_ends_with_2(verb: str) -> None:
    done = CliRunner().invoke(app, [verb, "--no-such-option"])
    assert done.exit_code == 2
    assert "No such option" in done.output


@pytest.mark.parametrize("typed", ["ba", "rep", "rotate"])
def test_the_shell_completes_verbs(typed: str) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "_PILOTLIGHT_COMPLETE": "complete_bash",
        "COMP_WORDS": f"pilotlight {typed}",
        "COMP_CWORD": "1",
    }
    program = "import sys; sys.argv = ['pilotlight']; from bot.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == [verb for verb in VERBS if verb.startswith(typed)], done.stderr


def drawn(*, no_color: bool) -> tuple[bytes, bytes]:
    """A dry-run import as JSON with a terminal at its error stream: what it printed, what it drew."""
    ours, theirs = pty.openpty()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm-256color",
        "DATABASE_URL": "sqlite://",
    }
    environment |= {"NO_COLOR": "1"} if no_color else {}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "import", str(SAMPLE), "--dry-run", "--json"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=True,
    )
    os.close(theirs)
    found = b""
    try:
        while part := os.read(ours, 1 << 16):
            found += part
    except OSError:  # the other end is closed: all is read
        pass
    os.close(ours)
    return done.stdout, found


def test_a_terminal_gets_a_bar_a_pipe_gets_clean_lines_and_no_color_is_heard() -> None:
    printed, bar = drawn(no_color=True)
    assert json.loads(printed)["pilots"] == 24
    assert b"Importing" in bar
    colours = re.compile(rb"\x1b\[[0-9;]*3[0-9][0-9;]*m")
    assert not colours.search(bar)
    assert colours.search(drawn(no_color=False)[1])
