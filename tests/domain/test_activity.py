"""What counts as life and what must not: every line of product.md 1.5, and the words around them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.domain.activity import (
    KINDS,
    MESSAGE_CHARACTERS,
    Circumstances,
    absence,
    judged,
    reading_value,
)
from bot.domain.people import is_robot
from bot.domain.pilot import Pilot
from bot.domain.record import Activity, Counts
from bot.domain.stages import Stage
from tests.domain.build import ALICE, CHARLIE, MONDAY, kinds, pilot, rails, record, signal

BUILD = pilot(Stage.BUILD)
LONG = "The first ten users asked for a second queue today, we add it."


def verdict(
    kind: str, text: str, actor: str = "alice", *, of: Pilot = BUILD, team: tuple[str, ...] = ()
) -> Counts:
    return signal(MONDAY, kind, text, actor, of=of, team=team).counts


# What counts.


@pytest.mark.parametrize(
    ("story", "kind", "text", "actor", "counts"),
    [
        ("a merge by a person", "merge", "Danish tone guide", "alice", Counts.PULSE),
        ("a merge by a stranger to the record", "merge", "Fix the parser", "charlie", Counts.PULSE),
        ("a deploy by a person", "deploy", "v12 to staging", "alice", Counts.PULSE),
        ("a run of a notebook", "run", "returns.ipynb executed", "alice", Counts.PULSE),
        ("a message by the owner", "message", LONG, "alice", Counts.PULSE),
        ("by the owner's handle", "message", LONG, "alice.berg", Counts.PULSE),
        ("a message by the backup", "message", LONG, "bob", Counts.PULSE),
        ("a connector's reading", "reading", "conversion 5.2 %", "svc-metrics", Counts.PROGRESS),
        ("a person's reading", "reading", "conversion 5.2 %", "alice", Counts.PROGRESS),
        ("a guardrail's value", "guardrail", "errors 3 per week", "svc-bi", Counts.PROGRESS_GUARDRAIL),
        ("somebody asks", "question", "whatever happened to it?", "charlie", Counts.INTEREST),
        ("the owner is deactivated", "user_deactivated", "alice.berg deactivated", "system", Counts.ORPHAN),
    ],
)
def test_what_counts(story: str, kind: str, text: str, actor: str, counts: Counts) -> None:
    assert verdict(kind, text, actor) is counts, story


def test_a_message_of_a_team_member_counts() -> None:
    """A member is who wrote to the record before."""
    assert verdict("message", LONG, "charlie", team=("charlie",)) is Counts.PULSE
    assert verdict("message", LONG, "charlie") is Counts.NO


@pytest.mark.parametrize("kind", ["merge", "deploy", "run"])
@pytest.mark.parametrize("stage", list(Stage))
def test_work_is_a_pulse_in_build_and_trial_only(kind: str, stage: Stage) -> None:
    counts = Counts.PULSE if stage in (Stage.BUILD, Stage.TRIAL) else Counts.NO

    assert verdict(kind, "Danish tone guide", of=pilot(stage)) is counts


@pytest.mark.parametrize("stage", [Stage.IDEA, Stage.FRAMED, Stage.ROLLOUT])
def test_a_message_is_a_pulse_in_every_running_stage(stage: Stage) -> None:
    assert verdict("message", LONG, of=pilot(stage)) is Counts.PULSE


def test_a_message_has_at_least_forty_characters() -> None:
    """Spaces around it do not help."""
    assert verdict("message", "x" * MESSAGE_CHARACTERS) is Counts.PULSE
    assert verdict("message", "x" * (MESSAGE_CHARACTERS - 1)) is Counts.NO
    assert verdict("message", " " + "x" * (MESSAGE_CHARACTERS - 1) + " ") is Counts.NO


# What must not count.


@pytest.mark.parametrize(
    ("story", "kind", "text", "actor"),
    [
        ("the bot's own messages", "message", f"Check-in saved, thank you Alice. {LONG}", "pilotlight"),
        ("dependabot", "merge", "Bump torch 2.8", "dependabot[bot]"),
        ("dependabot without brackets", "merge", "Bump torch 2.8", "dependabot"),
        ("renovate", "merge", "Update dependency ruff", "renovate[bot]"),
        ("pre-commit-ci", "merge", "autoupdate hooks", "pre-commit-ci[bot]"),
        ("github-actions", "run", "evaluation passed", "github-actions[bot]"),
        ("a service account", "deploy", "v12", "svc-deploy"),
        ("an app", "merge", "Sync translations", "app/weblate"),
        ("nobody", "merge", "Danish tone guide", ""),
        ("a nightly build", "run", "nightly build passed", "alice"),
        ("a scheduled pipeline", "deploy", "Scheduled pipeline: v12", "alice"),
        ("a cron job", "run", "cron job done", "alice"),
        ("a rebase", "rebase", "rebased 14 commits", "alice"),
        ("a force-push", "rebase", "force-push, no content change", "alice"),
        ("a merge without content change", "merge", "Merge main, no content change", "alice"),
        ("a lock file only", "merge", "chore(deps): update poetry.lock", "alice"),
        ("a lock file only, said so", "merge", "Bump lodash (lockfile only)", "alice"),
        ("formatting only", "merge", "style: run black on the whole codebase", "alice"),
        ("formatting only, said so", "merge", "Calibration script, formatting-only", "alice"),
        ("a licence header", "merge", "Add licence headers to all files", "alice"),
        ("its identifier", "merge", "Add SPDX license identifiers (#88)", "alice"),
        ("a squashed lock file", "merge", "build(deps): update lock files (#123)", "alice"),
        ("squashed formatting", "merge", "Run `ruff format` over the entire repository (!7)", "alice"),
        ("line endings", "merge", "Normalize line endings", "alice"),
        ("trailing spaces", "merge", "Remove trailing whitespace", "alice"),
        ("hooks that mend", "merge", "[pre-commit.ci] auto fixes from pre-commit.com hooks", "alice"),
        ("the year", "merge", "Update copyright year to 2027", "alice"),
        ("formatting taken back", "merge", 'Revert "Run black on the whole codebase"', "alice"),
        ("a daily run", "run", "daily pipeline", "alice"),
        ("a run by its cause", "run", "evaluation (schedule)", "alice"),
        ("a copyright year", "merge", "Update copyright year", "alice"),
        ("an emoji", "reaction", ":eyes: on the last check-in", "alice"),
        ("a view", "view", "opened the card", "alice"),
        ("a form opened", "modal", "opened the check-in", "alice"),
        ("on it", "message", "on it", "alice"),
        ("thumbs up", "message", ":+1:", "alice"),
        ("the sponsor asking for news", "message", f"Any news on the pilot? {LONG}", "sam"),
        ("an auto-reply", "message", f"Automatic reply: {LONG}", "alice"),
        ("out of office", "message", f"I am out of office until 5 May. {LONG}", "alice"),
        ("in German", "message", f"Abwesenheitsnotiz: {LONG}", "alice"),
        ("in German, of a mail program", "message", f"Automatische Antwort: {LONG}", "alice"),
        ("on leave now", "message", f"I am currently on parental leave. {LONG}", "alice"),
        ("away, with a typographic sign", "message", f"I’m away until 5 May. {LONG}", "alice"),
        ("a registry edit", "rename", "name was Reply Helpr", "alice"),
        ("a cost", "cost", "GPU node still running, 6,450 EUR in October", "system"),
        ("an absence", "absence", "away 2026-10-05 to 2026-10-16", "alice"),
        ("another person's deactivation", "user_deactivated", "charlie deactivated", "system"),
        ("a reading without a number", "reading", "connector is down", "svc-metrics"),
        ("a guardrail without a number", "guardrail", "no data", "svc-bi"),
        ("a question by a robot", "question", "whatever happened to it?", "svc-x"),
        ("a kind nobody knows", "telepathy", LONG, "alice"),
    ],
)
def test_what_must_not_count(story: str, kind: str, text: str, actor: str) -> None:
    assert verdict(kind, text, actor) is Counts.NO, story


def test_the_sponsor_is_no_team_even_after_writing_to_the_record() -> None:
    assert verdict("message", LONG, "sam", team=("sam", "sam.holm")) is Counts.NO
    assert verdict("message", LONG, "sam.holm", team=("sam", "sam.holm")) is Counts.NO


@pytest.mark.parametrize(
    "text",
    [
        "Format the amounts by country",
        "Detect out of office replies in the queue",
        "Nightly stock numbers now feed the forecast",
        "Read the licence header of uploaded scans",
        "Update lock file handling after a crash",
        "Run black-box tests in CI",
        "Files with two pages are split",
        "Schedule shifts by scheduled deliveries",
        'Revert "Danish tone guide"',
        "Invoices: new format",
        "Import sorting by date",
        "Add formatting of IBANs (#12)",
        "Fix indentation of the printed receipts",
    ],
)
def test_a_merge_with_content_counts_whatever_it_is_about(text: str) -> None:
    assert verdict("merge", text) is Counts.PULSE


def test_a_former_owner_who_leaves_is_no_orphan() -> None:
    """The owner is who owns it now."""
    assert verdict("user_deactivated", "alice.berg deactivated", of=pilot(owner=CHARLIE)) is Counts.NO
    assert verdict("user_deactivated", "alice.berg deactivated", of=pilot(owner=None)) is Counts.NO


def test_a_verdict_from_outside_is_never_trusted() -> None:
    raw = Activity(
        on=MONDAY,
        source="s",
        actor="dependabot[bot]",
        kind="merge",
        text="Bump torch",
        counts=Counts.PROGRESS,
        value=Decimal(9),
    )

    assert (judged(raw, BUILD).counts, judged(raw, BUILD).value) == (Counts.NO, None)


def test_a_signal_counts_on_the_day_it_carries() -> None:
    """Back-dated imports count at their recorded date: judging never moves it."""
    assert signal(date(2025, 1, 1), "merge", "Danish", of=BUILD).on == date(2025, 1, 1)


def test_an_answer_of_somebody_who_left_stays_in_history() -> None:
    """Their word counts as it did; their leaving orphans the pilot."""
    left = replace(ALICE, left_on=date(2026, 1, 12))
    merge = signal(date(2026, 1, 9), "merge", "Danish", of=pilot(Stage.BUILD, owner=left))

    assert merge.counts is Counts.PULSE
    assert kinds(pilot(owner=left), record(signals=[merge]), date(2026, 1, 12)) == {
        "ORPHANED": date(2026, 1, 12)
    }


# The numbers they carry.


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("reading", "first response time 6.4 h", "6.4"),
        ("reading", "6,450 EUR in week 41: 5.2", "5.2"),
        ("reading", "overstock 3,100,000", "3100000"),
        ("reading", "balance -3.5", "-3.5"),
        ("reading", "balance −3.5", "-3.5"),
        ("reading", "latency 300-320 ms", "320"),
        ("guardrail", "honest customers blocked 0.9 %", "0.9"),
    ],
)
def test_a_reading_carries_the_last_number_of_its_text(kind: str, text: str, value: str) -> None:
    assert signal(MONDAY, kind, text, "svc-metrics").value == Decimal(value)


def test_only_a_reading_of_the_metric_is_one() -> None:
    guarded = pilot(guardrails=rails("errors < 5"))

    assert reading_value(signal(MONDAY, "reading", "5.2", "svc-metrics")) == Decimal("5.2")
    assert reading_value(signal(MONDAY, "guardrail", "errors 6", "svc-bi", of=guarded)) is None
    assert reading_value(signal(MONDAY, "merge", "version 5.2", of=BUILD)) is None


# How it came about.


@pytest.mark.parametrize(
    ("story", "kind", "how", "counts"),
    [
        ("nothing is told", "merge", Circumstances(), Counts.PULSE),
        ("an app by its kind, whatever it is called", "merge", Circumstances(robot=True), Counts.NO),
        ("an app deploys", "deploy", Circumstances(robot=True), Counts.NO),
        ("an app asks", "question", Circumstances(robot=True), Counts.NO),
        ("an app's reading is one", "reading", Circumstances(robot=True), Counts.PROGRESS),
        ("a schedule ran it", "run", Circumstances(by_hand=False), Counts.NO),
        ("a schedule deployed it", "deploy", Circumstances(by_hand=False), Counts.NO),
        ("history was rewritten", "merge", Circumstances(rewritten=True), Counts.NO),
        ("no file changed", "merge", Circumstances(paths=()), Counts.NO),
        ("a lock file alone", "merge", Circumstances(paths=("web/yarn.lock",)), Counts.NO),
        ("lock files alone", "merge", Circumstances(paths=("Cargo.lock", "a/b/go.sum")), Counts.NO),
        ("of other tools", "merge", Circumstances(paths=("deno.lock", ".terraform.lock.hcl")), Counts.NO),
        ("a lock file and more", "merge", Circumstances(paths=("Cargo.lock", "a.rs")), Counts.PULSE),
        ("a file that only sounds so", "merge", Circumstances(paths=("lock.py",)), Counts.PULSE),
    ],
)
def test_how_it_came_about_tells_as_well(story: str, kind: str, how: Circumstances, counts: Counts) -> None:
    raw = Activity(on=MONDAY, source="s", actor="alice", kind=kind, text="Version 5.2 of the tone guide")
    assert judged(raw, BUILD, frozenset(), how).counts is counts, story


# Absences.


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("away 2026-10-05 to 2026-10-16", (date(2026, 10, 5), date(2026, 10, 16))),
        ("Away 2026-10-05 until 2026-10-05, parental leave", (date(2026, 10, 5), date(2026, 10, 5))),
        ("away 2026-10-05 – 2026-10-16", (date(2026, 10, 5), date(2026, 10, 16))),
        ("away 2026-10-16 to 2026-10-05", None),
        ("away 2026-02-29 to 2026-03-05", None),
        ("away 2028-02-29 to 2028-03-01", (date(2028, 2, 29), date(2028, 3, 1))),
        ("away next week", None),
        ("", None),
    ],
)
def test_an_absence_is_two_days_in_order(text: str, span: tuple[date, date] | None) -> None:
    assert absence(text) == span


# Accounts.


@pytest.mark.parametrize(
    ("actor", "robot"),
    [
        ("dependabot[bot]", True),
        ("Renovate", True),
        ("@github-actions", True),
        ("svc-metrics", True),
        ("SVC_deploy", True),
        ("release-bot", True),
        ("system", True),
        ("GitHub", True),
        ("GitLab", True),
        ("pilotlight", True),
        ("", True),
        ("   ", True),
        ("Renovate Bot", True),
        ("Mend Renovate", True),
        ("renovate-acme", True),
        ("GitHub Actions", True),
        ("github-merge-queue[bot]", True),
        ("GitLab CI", True),
        ("pre-commit.ci", True),
        ("svc.deploy", True),
        ("Copilot", True),
        ("Deploy Bot", True),
        ("project_15_bot_4ff1", True),
        ("service_account_group_4_ab", True),
        ("jan.bot", False),
        ("Jan Bot", False),
        ("mary.jenkins", False),
        ("copilotti", False),
        ("alice.berg", False),
        ("abbot", False),
        ("Botho Strauss", False),
        ("svc", False),
    ],
)
def test_an_account_is_a_robots_or_a_persons(actor: str, robot: bool) -> None:
    assert is_robot(actor) is robot


def test_the_known_kinds_are_those_of_the_text() -> None:
    assert set(KINDS) == {
        "question",
        "run",
        "merge",
        "deploy",
        "rebase",
        "message",
        "reaction",
        "reading",
        "guardrail",
        "cost",
        "user_deactivated",
        "absence",
    }
