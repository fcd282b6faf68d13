"""The command line's manners: every verb teaches by an example, completes, ends with 0, 1 or 2, and draws only on a terminal."""

import ast
import contextlib
import json
import os
import pty
import re
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from bot.cli import app
from bot.domain.faults import FAULTS

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
#: They say each code in a line of their own.
TOLD_BY_CHECKS = {"doctor", "init"}
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
    if verb not in TOLD_BY_CHECKS:
        why, todo, more = done.stderr.splitlines()[-3:]
        code = why.partition(":")[0]
        assert why == f"{code}: {why.removeprefix(f'{code}: ')}" and code in FAULTS
        assert todo and more == f"More: docs/errors.md#{code.lower()}"


def test_every_end_with_1_has_a_code() -> None:
    """`fail` takes a code; nothing else in the file of the verbs ends with 1 but what has said why with one."""
    tree = ast.parse((ROOT / "bot" / "cli.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    codes = [ast.unparse(one.args[0]).strip("'") for one in calls if ast.unparse(one.func) == "fail"]
    assert len(codes) > 10 and set(codes) <= set(FAULTS)
    # Of the end itself; doctor and init, which say each code line by line; the demo, which says what Slack refused.
    ends = [ast.unparse(one) for one in calls if ast.unparse(one.func) in ("typer.Exit", "SystemExit")]
    assert sorted(ends) == [
        "typer.Exit(0 if checking.well(lines) else 1)",
        "typer.Exit(0 if written else 1)",
        "typer.Exit(1)",
        "typer.Exit(playing.headless(weeks=weeks, as_json=as_json))",
        "typer.Exit(setting_up.run(Terminal(), wiring, unattended=yes, dry_run=dry_run))",
    ]


#: What the contract asks: reading or reporting verbs print JSON, posting or writing ones can be tried, time can be chosen.
READS = {
    "audit", "backup", "demo", "digest", "doctor", "erase", "export", "happened", "import", "manifest", "migrate", "outcome",
    "replay", "report", "rotate-keys", "tick",
}  # fmt: skip
WRITES = {
    "backup", "digest", "erase", "export", "import", "init", "manifest", "migrate", "report", "rotate-keys", "run", "tick",
    "web", "work",
}  # fmt: skip
TIMED = {
    "audit",
    "backup",
    "digest",
    "erase",
    "export",
    "happened",
    "import",
    "outcome",
    "replay",
    "report",
    "tick",
}


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_the_options_of_its_kind(verb: str) -> None:
    command = get_command(app).commands[verb]  # type: ignore[attr-defined]
    options = {option for parameter in command.params for option in parameter.opts}
    assert ("--json" in options) == (verb in READS)
    assert ("--dry-run" in options) == (verb in WRITES)
    assert ("--at" in options) == (verb in TIMED)


#: Verb → arguments of a dry run that ends well. `init` asks a platform: test_setup_journey.py tries it.
TRIED: dict[str, list[str]] = {
    "backup": ["FILE"],
    "digest": [],
    "erase": ["--everything"],
    "export": ["--format", "csv"],
    "import": ["OTHER"],
    "manifest": ["teams"],
    "migrate": [],
    "report": [],
    "rotate-keys": [],
    "run": [],
    "tick": ["--at", "2026-11-20T10:00"],
    "web": [],
    "work": [],
}


def _everything(folder: Path) -> dict[str, object]:
    """The files of a folder; the database by what is in it."""
    with contextlib.closing(sqlite3.connect(folder / "cli.db")) as db:
        held = list(db.iterdump())
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("cli.db"))
    return {"database": held, "files": names}


@pytest.mark.parametrize("verb", TRIED)
def test_a_dry_run_changes_nothing_and_says_so(verb: str, cli: CliRunner, tmp_path: Path) -> None:
    assert set(TRIED) | {"init"} == WRITES
    before = _everything(tmp_path)
    teams = {
        "TEAMS_APP_ID": "00000000-0000-4000-8000-0000000000a1",
        "PUBLIC_URL": "https://pilots.example.com",
    }
    slack = {"SLACK_BOT_TOKEN": "xoxb-1-2-abc", "SLACK_SIGNING_SECRET": "0123456789abcdef" * 2}
    given_ = teams if verb == "manifest" else {**slack, "PILOTLIGHT_VANISHING": "1"}
    plain = cli.invoke(app, [verb, *given(TRIED[verb], tmp_path), "--dry-run"], env=given_)
    assert plain.exit_code == 0, plain.output
    assert plain.stdout.rstrip().endswith("0 messages sent")
    if verb in READS:
        told = cli.invoke(app, [verb, *given(TRIED[verb], tmp_path), "--dry-run", "--json"], env=given_)
        assert isinstance(json.loads(told.stdout), dict), told.stdout
    assert _everything(tmp_path) == before


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
        (["migrate", "--json"], 0, "steps"),
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


@pytest.mark.parametrize("verb", ["run", "web", "demo"])
def test_a_port_that_is_taken_is_said_before_anything_begins(verb: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "bot", verb, *(["--port", port] if verb == "demo" else [])],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PORT": port, "SLACK_SIGNING_SECRET": "5" * 32,
                 "SLACK_BOT_TOKEN": "xoxb-1-2-abcdefghijklmnop", "DATABASE_URL": f"sqlite:///{tmp_path / 'p.db'}"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "PL-055" in done.stderr
    assert port in done.stderr
    assert "Take another PORT" in done.stderr
    assert "Traceback" not in done.stderr
    assert "claim" not in done.stdout


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
