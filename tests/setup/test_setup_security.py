"""The page for security, the dashboard and the alerts say what is so."""

import ast
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import httpx
import pytest

from bot.app import build, configured
from storage.settings import Settings
from tests.storage.template import migrated

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGE = (DOCS / "security.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([\d.]+) \| [^|]+ \| ((?:`tests/[\w/]+\.py::\w+`(?:, )?)+) \|$", PAGE, re.MULTILINE)
HELD = [
    (asvs, path, name)
    for asvs, tests in ROWS
    for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", tests)
]
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def test_every_row_of_the_table_is_read() -> None:
    table = PAGE.split("## OWASP", 1)[1]
    assert len(ROWS) == len(re.findall(r"^\| \d", table, re.MULTILINE)) >= 45
    assert len({row[0] for row in ROWS}) == len(ROWS), "an id stands twice"


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("asvs", "path", "name"), HELD, ids=[f"{row[0]} {row[2]}" for row in HELD])
def test_the_test_that_holds_it_exists_and_runs_each_time(asvs: str, path: str, name: str) -> None:
    found = [
        node
        for node in ast.walk(_parsed(ROOT / path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
    ]
    assert len(found) == 1, f"{asvs}: {path} has no {name}"
    marks = [ast.unparse(mark) for mark in found[0].decorator_list]
    assert not [mark for mark in marks if mark.endswith("mark.trial") or "mark.skip(" in mark]


#: Names of ours where an engine takes no parameters.
MADE_OF_TEXT = {"storage/engines.py: PRAGMA synchronous=", "storage/engines.py: SELECT "}


def _sources() -> Iterator[tuple[str, ast.Call]]:
    for part in ("bot", "storage"):
        for path in sorted((ROOT / part).rglob("*.py")):
            for node in ast.walk(_parsed(path)):
                if isinstance(node, ast.Call):
                    yield path.relative_to(ROOT).as_posix(), node


def test_no_statement_is_made_of_text() -> None:
    """What runs SQL gets a constant, or SQLAlchemy's own expression: nothing is put together."""
    found = set()
    for path, call in _sources():
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name not in {"text", "exec_driver_sql", "execute", "scalar", "scalars"} or not call.args:
            continue
        given = call.args[0]
        joined = isinstance(given, ast.BinOp) and any(
            isinstance(part, ast.Constant) and isinstance(part.value, str) for part in ast.walk(given)
        )
        if (isinstance(given, ast.JoinedStr) or joined) and not path.startswith(("bot/slack", "bot/teams")):
            found.add(f"{path}: {ast.unparse(given).lstrip('f').strip(chr(39)).partition('{')[0]}")
    assert found == MADE_OF_TEXT


def test_no_hash_but_sha_256() -> None:
    used = {
        ast.unparse(node)
        for part in ("bot", "storage")
        for path in sorted((ROOT / part).rglob("*.py"))
        for node in ast.walk(_parsed(path))
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "hashlib"
    }
    assert used == {"hashlib.sha256"}


def test_what_the_page_says_of_settings_is_so() -> None:
    field = Settings.model_fields["keep_messages_days"]
    assert f"{field.default} days, or what the workspace sets (`keep_messages_days`, 30 to 3,650)" in PAGE
    for days in (29, 3_651):
        with pytest.raises(ValueError, match="keep_messages_days"):
            Settings(keep_messages_days=days)
    known = {name.upper() for name in type(configured()).model_fields}
    for name in re.findall(r"`([A-Z]+_[A-Z_]+)(?:=\w+)?`", PAGE):
        assert name in known, name


def test_every_dependency_is_pinned_with_a_hash() -> None:
    for path in (ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt"):
        entries = re.split(r"\n(?=\S)", path.read_text(encoding="utf-8").strip())
        packages = [entry for entry in entries if not entry.startswith("#")]
        assert len(packages) > 30
        for entry in packages:
            assert re.match(r"[\w.-]+(\[[\w,-]+\])?==", entry), entry[:80]
            assert "--hash=sha256:" in entry, entry[:80]
            assert "://" not in entry, entry[:80]


async def _served(tmp_path: Path) -> set[str]:
    url = f"sqlite:///{tmp_path / 'metrics.db'}"
    database = migrated(tmp_path / "metrics.db")
    app = build(
        configured(database_url=url, slack_bot_token="xoxb-x", slack_signing_secret="x"),
        clock=lambda: NOW,
        database=database,
    )
    door = httpx.ASGITransport(app=app.web(with_clock=False))
    async with httpx.AsyncClient(transport=door, base_url="http://t") as http:
        text = (await http.get("/metrics")).text
    await app.close()
    database.close()
    return {one for one in re.findall(r"^# TYPE (\w+)", text, re.MULTILINE) if not one.endswith("_created")}


def _named(text: str) -> set[str]:
    return {
        re.sub(r"_(bucket|count|sum)$", "", name) if "ack_seconds" in name else name
        for name in re.findall(r"\bpilotlight_\w+", text)
    }


async def test_every_metric_of_dashboard_and_alerts_is_served(tmp_path: Path) -> None:
    dashboard = json.loads((DOCS / "grafana.json").read_text(encoding="utf-8"))
    asked = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    alerts = re.findall(r"expr: (.+)", (DOCS / "alerts.yml").read_text(encoding="utf-8"))
    served = await _served(tmp_path)
    assert _named(asked) <= served
    assert _named(" ".join(alerts)) <= served
    assert {name for name in served if name.startswith("pilotlight_")} <= _named(asked), (
        "a figure nobody sees"
    )


def test_the_dashboard_can_be_taken_in_as_it_is() -> None:
    dashboard = json.loads((DOCS / "grafana.json").read_text(encoding="utf-8"))
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len(panels), "two panels in one place"
    for panel in panels:
        assert panel["title"]
        assert panel["datasource"]["uid"] == "${source}"


def test_every_alert_says_what_to_do() -> None:
    text = (DOCS / "alerts.yml").read_text(encoding="utf-8")
    rules = text.split("- alert: ")[1:]
    assert len(rules) >= 8
    for rule in rules:
        for part in ("expr: ", "for: ", "severity: ", "summary: ", "action: "):
            assert rule.count(part) == 1, rule
