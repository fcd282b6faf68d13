"""The verbs, one short function each. Heavy imports stand inside, so that --help answers at once."""

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from bot.domain.faults import Fault
    from bot.services.transfer import Files, Report
    from bot.settings import Settings
    from bot.setup.progress import Told
    from storage.database import Database

app = typer.Typer(
    name="pilotlight",
    help="Keeps the pilot light of AI pilots burning: a registry of pilots, polite questions, a weekly digest.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

At = Annotated[
    str, typer.Option("--at", help="Use this moment instead of now, for example 2026-11-23T10:00+01:00.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; change and send nothing.")]
WorkspaceId = Annotated[str, typer.Option("--workspace", help="Which workspace, where there are several.")]


def _example(*lines: str) -> str:
    """What `--help` of a verb ends with: lines that work as they stand."""
    return "For example:  " + "  ·  ".join(lines)


def main() -> None:
    """The console script."""
    app()


def fail(code: str, **given: object) -> NoReturn:
    """Ends with 1: one line why, one line what to do, and where more of it stands."""
    from bot.domain.faults import fault

    _end(fault(code, **given))


def _end(wrong: "Fault") -> NoReturn:
    """The same for what was found by somebody else."""
    print(wrong, file=sys.stderr)
    print(wrong.fix, file=sys.stderr)
    print(f"More: docs/errors.md#{wrong.code.lower()}", file=sys.stderr)
    raise typer.Exit(1)


def _unchanged(*, as_json: bool = False) -> None:
    """How every dry run ends; beside what is printed where that is JSON."""
    print("Dry run: nothing was changed. 0 messages sent", file=sys.stderr if as_json else sys.stdout)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        fail("PL-104", path=path, reason=error.strerror or type(error).__name__)


def _settings() -> "Settings":
    from bot import settings

    try:
        return settings.read()
    except settings.SettingsError as error:
        for one in error.faults[:-1]:
            print(f"{one}\n{one.fix}", file=sys.stderr)
        _end(error.faults[-1])


def _moment(at: str) -> datetime:
    if not at:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise typer.BadParameter(
            f"{at} is no moment. Write it like 2026-11-23T10:00 or 2026-11-23.", param_hint="--at"
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


@contextlib.contextmanager
def _database() -> Iterator["Database"]:
    """The database of the settings, migrated."""
    from bot.domain.faults import SetupError
    from bot.setup.checks import memory

    try:
        database = memory.migrated_database(_settings().database_url)
    except SetupError as error:
        _end(error.fault)
    try:
        yield database
    finally:
        database.close()


def _migrated() -> "Settings":
    """The settings, with their database brought to the current schema: safe at every start."""
    with _database():
        pass
    return _settings()


def _ready() -> "Settings":
    """The same for what stays: only where it can be heard, and what it remembers stays and can be read."""
    from bot.domain.faults import SetupError
    from bot.setup import start

    settings = _settings()
    try:
        start.before(settings, os.environ)
        with _database() as database:
            start.readable(settings, database)
    except SetupError as error:
        _end(error.fault)
    return settings


def _told(run: Callable[[], None]) -> None:
    """Runs what ends by itself; what it could not do is said with its code."""
    from bot.domain.faults import SetupError

    try:
        run()
    except SetupError as error:
        _end(error.fault)


def _workspace(database: "Database", wanted: str, now: datetime) -> str:
    """The workspace asked for, or the only one; the first is made on the way."""
    from bot.services import installing
    from storage import workspaces

    if wanted:
        if database.read_now(lambda conn: workspaces.get(conn, wanted)) is None:
            known = ", ".join(database.read_now(workspaces.all_of))
            fail("PL-090", name=wanted, known=known or "none yet")
        return wanted
    try:
        return database.write_now(lambda conn: installing.first_workspace(conn, now)).id
    except LookupError:
        fail("PL-091", known=", ".join(database.read_now(workspaces.all_of)))


def _print(data: Any) -> None:
    print(json.dumps(data, ensure_ascii=False, default=str))


@app.command(epilog=_example("pilotlight init"))
def init(
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Ask nothing: check what the environment and .env say, and write .env."),
    ] = False,
    teams: Annotated[bool, typer.Option("--teams", help="Set Microsoft Teams up instead of Slack.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Sets Slack up, or Teams: each pasted value checked live before it is written. Run it again for the other one."""
    from bot import settings
    from bot.app import build, wall_clock
    from bot.setup import init as setting_up
    from bot.setup.terminal import Terminal

    if teams:
        from bot.domain.faults import SetupError
        from bot.setup.teams_init import set_up

        terminal = Terminal()
        try:
            written = set_up(
                Path(".env"),
                _settings().public_url,
                ask=lambda question, hidden: terminal.ask(question, secret=hidden),
                say=terminal.say,
                dry_run=dry_run,
            )
        except SetupError as error:
            _end(error.fault)
        raise typer.Exit(0 if written else 1)

    wiring = setting_up.Wiring(
        look=settings.look, dotenv=settings.dotenv, environment=os.environ, build=build, clock=wall_clock
    )
    raise typer.Exit(setting_up.run(Terminal(), wiring, unattended=yes, dry_run=dry_run))


@app.command(epilog=_example("pilotlight doctor"))
def doctor(as_json: Json = False) -> None:
    """Every check with the one thing that fixes it; prints no secret."""
    from bot import settings
    from bot.app import wall_clock
    from bot.setup import doctor as checking

    found, faults = settings.look()
    dotenv = settings.dotenv() if found is not None else {}
    lines = checking.check_up(found, faults, dotenv=dotenv, environment=os.environ, clock=wall_clock)
    if as_json:
        _print(checking.as_json(lines))
    else:
        print("\n".join(checking.as_text(lines)))
    raise typer.Exit(0 if checking.well(lines) else 1)


@app.command(epilog=_example("pilotlight manifest slack"))
def manifest(
    platform: Annotated[str, typer.Argument(help="slack or teams")],
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", help="An optional feature of Slack: mentions, email, unfurl."),
    ] = None,
    link: Annotated[
        bool, typer.Option("--link", help="Print the link that opens Slack's form with it.")
    ] = False,
    out: Annotated[Path, typer.Option("--out", help="Where to write the package for Teams.")] = Path(
        "pilotlight-teams.zip"
    ),
    as_json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """The app manifest, derived from the settings and from the scopes that the code really uses."""
    if platform == "teams":
        _teams_package(out, as_json=as_json, dry_run=dry_run)
        return
    if platform != "slack":
        raise typer.BadParameter(f"There is no manifest for {platform}: say slack or teams.")
    from bot.slack import manifest as slack

    settings, features = _settings(), with_ or []
    if unknown := [one for one in features if one not in slack.FEATURES]:
        raise typer.BadParameter(f"{unknown[0]} is none of {', '.join(slack.FEATURES)}.", param_hint="--with")
    over_http = settings.slack_mode == "http" or (
        settings.slack_mode is None and settings.slack_app_token is None and settings.public_url is not None
    )
    oauth = settings.slack_client_id is not None
    try:
        made = slack.manifest(
            socket=not over_http, public_url=settings.public_url or "", oauth=oauth, features=features
        )
    except ValueError:
        fail("PL-092")
    if link and as_json:
        _print({"link": slack.link(made)})
    elif link:
        print(slack.link(made))
    else:
        print(json.dumps(made, ensure_ascii=False, indent=2))


def _teams_package(out: Path, *, as_json: bool, dry_run: bool) -> None:
    from importlib.metadata import version

    from bot.domain.faults import SetupError
    from bot.setup.teams_manifest import package

    settings = _settings()
    try:
        made = package(settings.teams_app_id, settings.public_url, version=version("pilotlight"))
    except SetupError as error:
        _end(error.fault)
    if not dry_run:
        with _writing(out):
            out.write_bytes(made)
    if as_json:
        _print({"file": str(out), "bytes": len(made), "dry_run": dry_run})
        return
    if dry_run:
        print(f"{out}: {len(made):,} bytes would be written.")
        _unchanged()
        return
    print(
        f"{out}: {len(made):,} bytes. Upload it in the Teams admin center: Teams apps, Manage apps, Upload."
    )


@app.command("rotate-keys", epilog=_example("pilotlight rotate-keys --dry-run"))
def rotate_keys(as_json: Json = False, dry_run: DryRun = False) -> None:
    """Encrypts every stored token with the newest key. Interrupted, it is simply begun again."""
    from bot.domain.faults import SetupError
    from bot.services import keys
    from bot.setup import start

    settings = _settings()
    with _database() as database:
        try:
            cipher = start.readable(settings, database)
        except SetupError as error:
            _end(error.fault)
        stand = database.read_now(lambda conn: keys.stand(conn, cipher))
        if stand.stored and not dry_run:
            keys.rotate(database, cipher)
    if as_json:
        _print({"stored": stand.stored, "renewed": 0 if dry_run else stand.old, "dry_run": dry_run})
    elif dry_run:
        print(f"{stand.old:,} of {stand.stored:,} stored tokens would be encrypted anew.")
        _unchanged()
    else:
        print(
            f"{stand.old:,} of {stand.stored:,} stored tokens encrypted anew. Older keys may go from PILOTLIGHT_KEYS."
        )


@app.command(epilog=_example("PORT=8000 pilotlight run"))
def run(dry_run: DryRun = False) -> None:
    """Web, clock and delivery in one process."""
    from bot.app import build
    from bot.setup.process import serve

    if dry_run:
        _rehearse(_ready())
    else:
        _told(lambda: serve(build(_ready()), with_clock=True))


@app.command(epilog=_example("PORT=8000 pilotlight web"))
def web(dry_run: DryRun = False) -> None:
    """The web half, for a Procfile with replicas."""
    from bot.app import build
    from bot.setup.process import serve

    if dry_run:
        _ready()
        print("It would start; the web half sends nothing by itself.")
        _unchanged()
    else:
        _told(lambda: serve(build(_ready()), with_clock=False))


@app.command(epilog=_example("pilotlight work"))
def work(dry_run: DryRun = False) -> None:
    """The clock and delivery half, for a Procfile with replicas."""
    from bot.app import build
    from bot.setup.process import work_on

    if dry_run:
        _rehearse(_ready())
    else:
        work_on(build(_ready()))


def _rehearse(settings: "Settings", at: str = "", *, as_json: bool = False) -> None:
    """What would be sent now: to whom, and the text; nothing leaves."""
    from bot.app import build
    from bot.setup.process import rehearse

    rendered = rehearse(build(settings), _moment(at) if at else None)
    if as_json:
        _print({"messages": [{"to": to, "text": text} for to, text in rendered], "sent": 0, "dry_run": True})
        return
    for to, text in rendered:
        print(f"— to {to}\n{text}\n")
    _unchanged()


@app.command(epilog=_example("pilotlight migrate"))
def migrate(as_json: Json = False, dry_run: DryRun = False) -> None:
    """Brings the database to the current schema; safe to start twice at once."""
    from bot.domain.faults import SetupError
    from bot.setup.checks import memory

    try:
        steps = memory.steps_ahead(_settings().database_url)
    except SetupError as error:
        _end(error.fault)
    if not dry_run:
        with _database():
            pass
    if as_json:
        _print({"steps": [{"revision": one, "does": does} for one, does in steps], "dry_run": dry_run})
        return
    for one, does in steps:
        print(f"{one}  {does}")
    if dry_run:
        print(f"{len(steps)} steps would be taken." if steps else "The database is up to date.")
        _unchanged()
    else:
        print("The database is up to date.")


@app.command(epilog=_example("pilotlight tick --dry-run"))
def tick(at: At = "", dry_run: DryRun = False, as_json: Json = False) -> None:
    """Does all that is due once, then ends, and prints what it did as JSON; for hosts that only have cron."""
    from bot.app import build
    from bot.setup.process import tick_once

    if dry_run:
        _rehearse(_migrated(), at, as_json=as_json)
    else:
        _print(tick_once(build(_migrated()), _moment(at) if at else None))


@app.command(epilog=_example("pilotlight demo --headless --weeks 8"))
def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="Play without a browser and print the transcript.")
    ] = False,
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=104, help="How many weeks to play.")] = 8,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Of the page; 0 takes a free one.")
    ] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="With --headless: each line of the transcript as JSON.")
    ] = False,
) -> None:
    """The whole product with no account, token or network."""
    from bot.setup import demo as playing

    if as_json and not headless:
        raise typer.BadParameter("The transcript belongs to --headless.", param_hint="--json")
    if headless:
        raise typer.Exit(playing.headless(weeks=weeks, as_json=as_json))
    _told(lambda: playing.page(port=port))


@app.command(
    epilog=_example('pilotlight outcome "Reduce response time from 10 to 6 hours by 29 October 2027"')
)
def outcome(
    sentence: Annotated[str, typer.Argument(help="What should change, by how much, by when.")] = "",
    file: Annotated[Path | None, typer.Option("--file", help='Lines of {"n": …, "text": …}.')] = None,
    at: At = "",
    as_json: Json = False,
) -> None:
    """The verdict of the outcome gate on a sentence."""
    from bot.domain.outcome import echo, judge, to_json

    on = _moment(at).date()
    if file is not None:
        for number, line in enumerate(_lines(file), 1):
            if line.strip():
                try:
                    row = json.loads(line)
                    text = str(row["text"])
                except (ValueError, KeyError, TypeError):
                    fail("PL-095", path=file, number=number)
                _print({"n": row.get("n", number), **to_json(judge(text, on))})
        return
    if not sentence.strip():
        raise typer.BadParameter("Give a sentence, or a file with --file.")
    verdict = judge(sentence, on)
    if as_json:
        _print({"n": 1, **to_json(verdict)})
        return
    print(f"{verdict.verdict}{f': {verdict.reason}' if verdict.reason else ''}")
    understood = echo(verdict)
    for line in (
        f"Understood: {understood}" if understood else "",
        verdict.question or "",
        *verdict.candidates,
    ):
        if line:
            print(line)
    if verdict.ask:
        print(f"Still to ask: {', '.join(verdict.ask)}")


@app.command(
    "import",
    epilog=_example("pilotlight import pilots.csv --dry-run", "pilotlight import pilots.xlsx --dry-run"),
)
def import_(
    pilots: Annotated[
        Path, typer.Argument(help="pilots.csv, a workbook (.xlsx, .ods), or the JSON of an export.")
    ],
    updates: Annotated[Path | None, typer.Option(help="updates.csv")] = None,
    signals: Annotated[Path | None, typer.Option(help="signals.csv")] = None,
    settings: Annotated[Path | None, typer.Option(help="settings.json: zone, holidays, company.")] = None,
    map_: Annotated[
        Path | None, typer.Option("--map", help="JSON that maps another registry's columns to ours.")
    ] = None,
    dry_run: DryRun = False,
    at: At = "",
    workspace: WorkspaceId = "",
    as_json: Json = False,
) -> None:
    """Brings a registry in: all of it, or nothing and every reason why. A workbook may hold the three tables as sheets."""
    from tempfile import TemporaryDirectory

    from bot.services import transfer
    from bot.setup.progress import bar

    now = _moment(at)
    with _database() as database:
        workspace_id = _workspace(database, workspace, now)
        today = now.date()
        try:
            if pilots.suffix.lower() == ".json":
                text = _text(pilots)
                report = _transaction(
                    database,
                    dry_run,
                    lambda conn: transfer.read_json(conn, workspace_id, text, today=today, now=now),
                )
            else:
                with TemporaryDirectory(prefix="pilotlight-") as unpacked, bar("Importing") as told:
                    files = _files(pilots, updates, signals, settings, map_, told, Path(unpacked))
                    report = _transaction(
                        database,
                        dry_run,
                        lambda conn: transfer.read_in(conn, workspace_id, files, today=today, now=now),
                    )
        except transfer.Refused as refused:
            _refuse(refused.problems, as_json=as_json)
    _print_report(report, dry_run=dry_run, as_json=as_json)


def _transaction(database: "Database", dry_run: bool, read: Any) -> "Report":
    """Runs an import as one transaction; a dry run takes it all back."""

    class _TakenBack(Exception):
        pass

    found: list[Report] = []

    def once(conn: Any) -> None:
        found[:] = [read(conn)]
        if dry_run:
            raise _TakenBack

    with contextlib.suppress(_TakenBack):
        database.write_now(once)
    return found[0]


def _refuse(problems: Iterable[tuple[str, Any]], *, as_json: bool) -> NoReturn:
    told = [(name, str(problem)) for name, problem in problems]
    if as_json:
        _print({"problems": [{"file": name, "problem": text} for name, text in told]})
    for name, text in told[:50]:
        print(f"{name}, {text}", file=sys.stderr)
    if len(told) > 50:
        print(f"… and {len(told) - 50:,} more", file=sys.stderr)
    from bot.messages.figures import plural

    fail("PL-096", problems=plural(len(told), "problem"))


def _print_report(report: "Report", *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        _print(
            {
                "dry_run": dry_run,
                "pilots": report.pilots,
                "updates": report.updates,
                "signals": report.signals,
                "people": report.people,
                "stages": dict(report.stages),
                "measurable": report.measurable,
                "skipped": [str(note) for note in report.skipped],
                "notes": [f"{name}, {note}" for name, note in report.notes],
                "unmatched": report.unmatched,
            }
        )
        return
    from bot.messages.figures import plural

    verb = "Would import" if dry_run else "Imported"
    print(
        f"{verb} {plural(report.pilots, 'pilot')}, {plural(report.updates, 'update')}, {plural(report.signals, 'signal')}; "
        f"{plural(report.people, 'person', 'people')} named."
    )
    if not report.pilots:
        print("There is a header and no row under it.")
    print("Stages: " + ", ".join(f"{stage} {count:,}" for stage, count in report.stages.items()))
    share = 100 * report.measurable / report.pilots if report.pilots else 0
    print(f"Name a measurable outcome: {report.measurable:,} of {report.pilots:,} ({share:.1f} %).")
    if report.skipped:
        print(f"Skipped by the map: {plural(len(report.skipped), 'row')}.")
        for note in report.skipped:
            print(f"  {note}")
    others = [(name, note) for name, note in report.notes if note not in report.skipped]
    if others:
        print(f"Notes: {len(others):,}")
        for name, note in others[:40]:
            print(f"  {name}, {note}")
        if len(others) > 40:
            print(f"  … and {len(others) - 40:,} more: --json lists them all")
    if report.unmatched:
        print(
            f"Without an account yet: {plural(len(report.unmatched), 'person', 'people')}. They are matched when the app meets them."
        )
    if dry_run:
        _unchanged()


def _files(
    pilots: Path,
    updates: Path | None,
    signals: Path | None,
    settings: Path | None,
    map_: Path | None,
    told: "Told",
    unpacked: Path,
) -> "Files":
    from functools import partial

    from bot.services.transfer import Files
    from bot.setup.workbook import WorkbookError, is_workbook, taken_apart

    for path in (pilots, updates, signals):
        if path is not None and not path.is_file():
            fail("PL-097", path=path)
    given = {"pilots": pilots, "updates": updates, "signals": signals}
    named = {table: path.name if path else "" for table, path in given.items()}
    for table, path in list(given.items()):
        if path is None or not is_workbook(path):
            continue
        folder = unpacked / table
        folder.mkdir()
        try:
            sheets = taken_apart(path, folder)
        except WorkbookError as error:
            _end(error.fault)
        # A workbook of pilots may hold the other two tables; any other is asked for its own.
        for name in ("pilots", "updates", "signals") if table == "pilots" else (table,):
            sheet = sheets.get(name) or (sheets["pilots"] if name == table else None)
            if sheet is not None and given[name] in (None, path):
                given[name], named[name] = sheet.path, f"{path.name}, sheet {sheet.name}"
    updates, signals = given["updates"], given["signals"]
    assert given["pilots"] is not None
    return Files(
        pilots=partial(_chunks, given["pilots"], told),
        pilots_name=named["pilots"],
        updates=partial(_chunks, updates, told) if updates else None,
        updates_name=named["updates"],
        signals=partial(_chunks, signals, told) if signals else None,
        signals_name=named["signals"],
        settings=_text(settings) if settings else None,
        settings_name=settings.name if settings else "",
        mapping=_text(map_) if map_ else None,
        mapping_name=map_.name if map_ else "",
    )


def _chunks(path: Path, told: "Told" = lambda _: None) -> Iterator[bytes]:
    size, done = max(path.stat().st_size, 1), 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 16):
            done += len(chunk)
            told(min(done / size, 1.0))
            yield chunk


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        fail("PL-098", path=path, reason=type(error).__name__)


def _lines(path: Path) -> list[str]:
    return _text(path).splitlines()


@app.command(epilog=_example("pilotlight export --format json --to everything.json"))
def export(
    form: Annotated[str, typer.Option("--format", help="csv or json")] = "json",
    to: Annotated[
        Path | None,
        typer.Option("--to", help="Folder for csv, file for json; json goes to the terminal without it."),
    ] = None,
    workspace: WorkspaceId = "",
    at: At = "",
    as_json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Everything out: json without loss, csv in the sample's columns."""
    from bot.services import transfer
    from bot.setup.progress import bar, counted

    if form not in ("csv", "json"):
        raise typer.BadParameter("The format is csv or json.", param_hint="--format")
    with _database() as database:
        workspace_id = _workspace(database, workspace, _moment(at))
        if form == "json":
            with bar("Exporting") as told:
                pieces = database.read_now(
                    lambda conn: list(counted(transfer.as_json(conn, workspace_id), told))
                )
            if to is None and not dry_run:
                sys.stdout.writelines(pieces)  # JSON, asked for or not
                return
            if to is not None and not dry_run:
                with _writing(to):
                    to.write_text("".join(pieces), encoding="utf-8")
            size = sum(len(piece.encode()) for piece in pieces)
            if as_json:
                _print({"file": str(to) if to else None, "bytes": size, "dry_run": dry_run})
            elif dry_run:
                print(f"{size:,} bytes would be written to {to or 'the terminal'}.")
                _unchanged()
            return
        folder = to or Path("pilotlight-export")

        def written(conn: Any) -> dict[str, int]:
            out = transfer.as_csv(conn, workspace_id)
            for name, lines in out.files.items():
                if dry_run:
                    sum(1 for _ in counted(lines, told))
                    continue
                with (folder / name).open("w", encoding="utf-8", newline="") as file:
                    file.writelines(counted(lines, told))
            return dict(out.left_out)

        with bar("Exporting") as told, _writing(folder):
            if not dry_run:
                folder.mkdir(parents=True, exist_ok=True)
            left_out = database.read_now(written)
    files = ["pilots.csv", "updates.csv", "signals.csv", "settings.json"]
    if as_json:
        _print({"folder": str(folder), "files": files, "not_held": left_out, "dry_run": dry_run})
        return
    print(f"{'Would be written' if dry_run else 'Written'} to {folder}: {', '.join(files)}")
    what = ", ".join(f"{count:,} {name}" for name, count in left_out.items())
    print(
        f"Not held by csv: {what}. Use --format json for everything." if what else "Not held by csv: nothing."
    )
    if dry_run:
        _unchanged()


@app.command(epilog=_example('pilotlight erase --person "Mara Lindqvist" --dry-run'))
def erase(
    person: Annotated[str, typer.Option("--person", help="A person's full name, handle, e-mail or id.")] = "",
    workspace: WorkspaceId = "",
    everything: Annotated[
        bool, typer.Option("--everything", help="The whole workspace instead of a person.")
    ] = False,
    to: Annotated[
        Path | None, typer.Option("--to", help="Where the export goes that is written first.")
    ] = None,
    no_export: Annotated[bool, typer.Option("--no-export", help="Erase without an export.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    at: At = "",
) -> None:
    """Forgets a person, or a whole workspace; exports first."""
    from bot.domain.errors import UserError
    from bot.services import erasing, transfer
    from bot.setup.progress import bar

    if bool(person) == everything:
        raise typer.BadParameter("Say who: --person NAME, or --everything for the whole workspace.")
    now = _moment(at)
    with _database() as database:
        workspace_id = _workspace(database, workspace, now)
        if everything:
            pieces = database.read_now(lambda conn: list(transfer.as_json(conn, workspace_id)))
            found, called = "".join(pieces), f"the workspace {workspace_id}"
        else:
            try:
                one = database.read_now(lambda conn: erasing.find(conn, workspace_id, person))
            except UserError as error:
                fail("PL-099", why=error)
            about = database.read_now(lambda conn: erasing.about(conn, workspace_id, one))
            found, called = json.dumps(about, ensure_ascii=False, default=str, indent=1), one.name
            count = sum(len(rows) for rows in about["rows"].values())
            print(f"{called}: {count:,} rows in {len(about['rows'])} tables.", file=sys.stderr)
        if dry_run:
            print(found if as_json or not everything else f"{len(found):,} characters would be exported.")
            _unchanged(as_json=as_json)
            return
        if not yes and not typer.confirm(f"Erase {called} for good?"):
            fail("PL-100")
        if not no_export:
            path = to or Path(f"pilotlight-{workspace_id if everything else one.id}-{now:%Y%m%d-%H%M%S}.json")
            with _writing(path):
                path.touch(mode=0o600)
                path.write_text(found, encoding="utf-8")
            print(f"Exported to {path}", file=sys.stderr)
        with bar(f"Erasing {called}"):
            if everything:
                rows = dict(database.write_now(lambda conn: erasing.erase_workspace(conn, workspace_id)))
            else:
                done = database.write_now(
                    lambda conn: erasing.erase_person(
                        conn, workspace_id, one, by="terminal", surface="cli", now=now
                    )
                )
                rows = dict(done.rows)
    if as_json:
        _print({"erased": rows})
    else:
        print("Erased: " + (", ".join(f"{count:,} in {name}" for name, count in rows.items()) or "nothing"))


@app.command(epilog=_example("pilotlight backup pilotlight-2026-12-04.copy"))
def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes, or with --restore where it is.")],
    restore: Annotated[
        bool, typer.Option("--restore", help="Put the copy back, into an empty database.")
    ] = False,
    at: At = "",
    as_json: Json = False,
    dry_run: DryRun = False,
) -> None:
    """Copies the whole database while the program runs, or puts a copy back."""
    from bot.setup.progress import bar
    from storage.backup import BackupError, could_put_back, could_save, put_back, save

    address, now = _settings().database_url, _moment(at)
    try:
        if dry_run:
            size = could_put_back(address, file) if restore else could_save(address, file)
            if as_json:
                _print({"file": str(file), "bytes": size, "restore": restore, "dry_run": True})
                return
            print(f"{file}: about {size:,} bytes would be {'put back' if restore else 'written'}.")
            _unchanged()
            return
        if not restore:
            with bar("Copying") as told:
                size = save(address, file, told)
            if as_json:
                _print({"file": str(file), "bytes": size})
            else:
                print(f"{file}: {size:,} bytes, readable by you alone. Keep PILOTLIGHT_KEYS somewhere else.")
            return
        with bar("Putting back") as told:
            done = _put_back(lambda mend: put_back(address, file, mend, told), now)
    except BackupError as error:
        _end(error.fault)
    except ValueError:
        fail("PL-040")
    if as_json:
        _print(done)
        return
    print(
        f"Put back: {done['workspaces']:,} workspace{'' if done['workspaces'] == 1 else 's'}. "
        f"{done['doubted']:,} unsent messages are looked for before they are sent; {done['held']:,} people are asked "
        "nothing more today; digests that have fallen due are passed over. Start Pilotlight now."
    )


def _put_back(run: Any, now: datetime) -> dict[str, int]:
    """Puts a copy back and makes it safe to run, before anybody can."""
    from bot.services import restoring

    found: list[restoring.PutBack] = []

    def mend(database: "Database") -> None:
        database.migrate()
        found.append(database.write_now(lambda conn: restoring.put_back(conn, now), durable=True))

    run(mend)
    return asdict(found[0])


@app.command(epilog=_example("pilotlight audit"))
def audit(workspace: WorkspaceId = "", as_json: Json = False, at: At = "") -> None:
    """Whether the record of what happened is whole; 1 if somebody changed it."""
    from storage import audit as record

    with _database() as database:
        workspace_id = _workspace(database, workspace, _moment(at))
        found = database.read_now(lambda conn: record.check(conn, workspace_id))
    if as_json:
        _print(
            {
                "rows": found.rows,
                "whole": found.whole,
                "broken_at": found.broken_at,
                "redacted": found.redacted,
                "head": found.head,
            }
        )
    elif found.whole:
        print(f"{found.rows:,} rows, the chain is whole. Last link {found.head[:16]}: keep it to compare.")
    if found.whole:
        return
    if found.broken_at is None:
        fail("PL-101", count=found.redacted, known=found.accounted)
    fail("PL-102", row=found.broken_at, rows=f"{found.rows:,}")


@app.command(epilog=_example("pilotlight replay --until 2026-11-20 --summary"))
def replay(
    until: Annotated[str, typer.Option("--until", help="The day, as 2026-11-20.")] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    summary: Annotated[
        bool,
        typer.Option("--summary", help="When each quiet pilot would have been noticed, and the money since."),
    ] = False,
    as_json: Json = False,
    workspace: WorkspaceId = "",
    at: At = "",
) -> None:
    """Runs the rules over recorded history as if Pilotlight had been there from the start."""
    from bot.domain.export import replay_lines
    from bot.messages import hindsight as words
    from bot.services import transfer
    from bot.setup.progress import bar, counted

    day = _moment(until or at).date()
    with _database() as database:
        workspace_id = _workspace(database, workspace, _moment(at))
        if summary:
            made, currency = database.read_now(lambda conn: transfer.in_hindsight(conn, workspace_id, day))
            if as_json:
                _print(
                    {
                        "until": made.until,
                        "pilots": made.pilots,
                        "spent_after": made.spent_after,
                        "currency": currency,
                        "estimate": words.ESTIMATE,
                        "caught": [asdict(one) for one in made.caught],
                    }
                )
            else:
                print(words.summary(made, currency))
            return
        with bar("Replaying") as told:
            rows = database.read_now(
                lambda conn: list(counted(transfer.replay(conn, workspace_id, day), told, every=20))
            )
    if as_json:
        _print(rows)
    elif as_csv:
        sys.stdout.writelines(replay_lines(rows))
    else:
        for row in rows:
            print(
                f"{row['pilot']:<6} {row['name'][:32]:<32} {row['health']:<7} {row['rung']:<18} {row['findings']}"
            )


@app.command(epilog=_example("pilotlight digest"))
def digest(workspace: WorkspaceId = "", at: At = "", as_json: Json = False, dry_run: DryRun = False) -> None:
    """The digest as it would be posted now."""
    from bot.messages import digest as words
    from bot.messages.model import text_of
    from bot.services import digests
    from storage import workspaces

    now = _moment(at)
    with _database() as database:
        workspace_id = _workspace(database, workspace, now)

        def edition(conn: Any) -> Any:
            found = workspaces.get(conn, workspace_id)
            assert found is not None
            return digests.edition_of(conn, found, now)

        made = database.read_now(edition)
    if as_json:
        counts = made.counts
        _print(
            {
                "headline": words.headline(made),
                "text": text_of(words.post(made)),
                "decisions": [one.pilot.id for one in made.decisions],
                "pilots": counts.pilots,
            }
        )
        return
    print(text_of(words.post(made)))
    if dry_run:
        _unchanged()


@app.command(epilog=_example('pilotlight happened "the chatbot"'))
def happened(
    name: Annotated[str, typer.Argument(help="The pilot's name, alias, old name, or something like it.")],
    workspace: WorkspaceId = "",
    at: At = "",
    as_json: Json = False,
) -> None:
    """Whatever happened to NAME?"""
    from bot.domain.errors import UserError
    from bot.domain.faults import fault
    from bot.messages.model import text_of
    from bot.messages.text import with_slash
    from bot.services import terminal

    now = _moment(at)
    with _database() as database:
        workspace_id = _workspace(database, workspace, now)
        try:
            message = database.read_now(lambda conn: terminal.happened(conn, workspace_id, name, now))
        except UserError as error:
            wrong = fault("PL-103", why=with_slash(error.text))
            if as_json:
                _print({"problem": str(wrong), "todo": wrong.fix})
            _end(wrong)
    if as_json:
        _print({"headline": message.headline, "text": text_of(message)})
    else:
        print(text_of(message))


@app.command(epilog=_example("pilotlight report --dry-run"))
def report(workspace: WorkspaceId = "", at: At = "", as_json: Json = False, dry_run: DryRun = False) -> None:
    """What the bot itself asked in the month before, and what that brought."""
    from bot.messages import report as words
    from bot.messages.model import text_of
    from bot.services import report as reports
    from storage import workspaces

    now = _moment(at)
    with _database() as database:
        workspace_id = _workspace(database, workspace, now)

        def monthly(conn: Any) -> Any:
            found = workspaces.get(conn, workspace_id)
            assert found is not None
            return reports.monthly(conn, found, now)

        month, made = database.read_now(monthly)
    if as_json:
        totals = {"questions": made.questions, "changed": made.changed, "wrong": made.wrong}
        proposals = [one.rule for one in made.proposals]
        _print({"month": f"{month:%Y-%m}", **asdict(made), **totals, "proposals": proposals})
        return
    print(text_of(words.report(month, made)))
    if dry_run:
        _unchanged()
