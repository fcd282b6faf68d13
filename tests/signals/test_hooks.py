"""The doors over real HTTP: signatures, sizes, repetitions, and what stands in the record afterwards."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.record import Counts
from bot.domain.stages import Stage
from bot.web.hooks import MOST_BYTES
from storage import pilots, received
from tests.signals import payloads as p
from tests.signals.kit import MARA, NOW, OURS, a_pilot, furnish, running

LAB = "https://gitlab.example/acme/reply-helper"


async def test_a_push_walks_from_the_door_to_the_record(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        body = p.bytes_of(p.github_push(p.commit(1)))
        answer = await here.post("github", body, p.github_headers(body, "push"))
        assert (answer.status_code, answer.text) == (202, "Taken in.\n")
        assert here.kept() == [], "nothing is read at the door"

        assert await here.read() == 1
        [activity] = here.activities()
        assert (activity.kind, activity.actor, activity.text) == ("merge", "mara-l", "Danish tone guide")
        assert (activity.counts, activity.on, activity.source) == (Counts.PULSE, date(2026, 11, 17), "github")
        due = here.database.read_now(lambda conn: pilots.overdue(conn, NOW + timedelta(days=1), 5))
        assert due == [(OURS, "P01")], "and the pilot is looked at again"


@pytest.mark.parametrize(
    ("event", "payload", "kept"),
    [
        ("push", p.github_push(p.commit(1)), [("merge", "mara-l", "pulse")]),
        ("pull_request", p.github_pull_request(), [("merge", "mara-l", "pulse")]),
        ("deployment", p.github_deployment(), [("deploy", "mara-l", "pulse")]),
        ("deployment_status", p.github_deployment(state="success"), [("deploy", "mara-l", "pulse")]),
        ("workflow_run", p.github_run(), [("run", "mara-l", "pulse")]),
        ("workflow_run", p.github_run("schedule"), []),
        (
            "push",
            p.github_push(p.commit(1, "Bump torch", "dependabot[bot]")),
            [("merge", "dependabot[bot]", "no")],
        ),
        ("push", p.github_push(p.commit(1), forced=True), [("rebase", "mara-l", "no")]),
        ("push", p.github_push(p.commit(1), repository=p.repository("acme/another")), []),
        ("issues", {"action": "opened", "repository": p.repository()}, []),
        ("ping", {"zen": "Keep it logically awesome.", "hook_id": 1}, []),
    ],
)
async def test_every_kind_of_request_of_github(
    tmp_path: Path, event: str, payload: p.Json, kept: list[Any]
) -> None:
    async with running(tmp_path) as here:
        body = p.bytes_of(payload)
        answer = await here.post("github", body, p.github_headers(body, event))
        assert answer.status_code == (200 if event == "ping" else 202)
        await here.read()
        assert here.kept() == kept


@pytest.mark.parametrize(
    ("event", "payload", "kept"),
    [
        ("Push Hook", p.gitlab_push(p.gitlab_commit(1)), [("merge", "mara", "pulse")]),
        ("Merge Request Hook", p.gitlab_merge_request(), [("merge", "Mara Lindqvist", "pulse")]),
        ("Pipeline Hook", p.gitlab_pipeline(), [("run", "mara", "pulse")]),
        ("Pipeline Hook", p.gitlab_pipeline("schedule"), []),
        # What set its pipeline off is told by that pipeline's hook alone: until then nobody can say that a person did.
        ("Deployment Hook", p.gitlab_deployment(), []),
        ("Deployment Hook", p.gitlab_deployment(job=None), [("deploy", "mara", "pulse")]),
        ("Push Hook", p.gitlab_push(p.gitlab_commit(1), project=p.project("acme/another")), []),
    ],
)
async def test_every_kind_of_request_of_gitlab(
    tmp_path: Path, event: str, payload: p.Json, kept: list[Any]
) -> None:
    async with running(tmp_path, a_pilot(link=LAB)) as here:
        body = p.bytes_of(payload)
        answer = await here.post("gitlab", body, p.gitlab_headers(body, event))
        assert answer.status_code == 202
        await here.read()
        assert here.kept() == kept


async def test_a_gitlab_hook_with_a_signing_token(tmp_path: Path) -> None:
    async with running(tmp_path, a_pilot(link=LAB), gitlab=p.SIGNING_TOKEN) as here:
        body = p.bytes_of(p.gitlab_push(p.gitlab_commit(1)))
        unsigned = await here.post(
            "gitlab", body, p.gitlab_headers(body, "Push Hook", secret=p.SIGNING_TOKEN)
        )
        assert unsigned.status_code == 401, "the token itself is never sent"
        signed = await here.post("gitlab", body, p.gitlab_signed(body, NOW))
        assert signed.status_code == 202
        assert (await here.post("gitlab", body, p.gitlab_signed(body, NOW))).status_code == 200
        here.clock.advance(minutes=6)
        assert (await here.post("gitlab", body, p.gitlab_signed(body, NOW, "again"))).status_code == 401


@pytest.mark.parametrize(
    ("source", "counts"),
    [("schedule", "no"), ("parent_pipeline", "no"), ("push", "pulse"), ("web", "pulse")],
)
async def test_a_deployment_counts_by_what_set_its_pipeline_off_in_either_order(
    tmp_path: Path, source: str, counts: str
) -> None:
    for at, first in enumerate(("pipeline", "deployment")):
        folder = tmp_path / first
        folder.mkdir()
        requests = [
            ("Pipeline Hook", p.gitlab_pipeline(source, job=796)),
            ("Deployment Hook", p.gitlab_deployment(job=796)),
        ]
        async with running(folder, a_pilot(link=LAB)) as here:
            for event, payload in reversed(requests) if at else requests:
                body = p.bytes_of(payload)
                await here.post("gitlab", body, p.gitlab_headers(body, event, delivery=event))
                await here.app.tasks.signals()
            await here.read()
            deployed = [one for one in here.kept() if one[0] == "deploy"]
            assert deployed == [("deploy", "mara", counts)], first


# Counted once.


async def test_a_redelivered_request_has_no_second_effect(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        body = p.bytes_of(p.github_push(p.commit(1)))
        statuses = [
            (await here.post("github", body, p.github_headers(body, "push"))).status_code for _ in range(3)
        ]
        assert statuses == [202, 200, 200]
        await here.read()
        assert (await here.post("github", body, p.github_headers(body, "push"))).status_code == 200
        # A copy under another id, which whoever recorded it could send: the id is not signed.
        assert (await here.post("github", body, p.github_headers(body, "push", "other"))).status_code == 202
        await here.read()
        assert here.kept() == [("merge", "mara-l", "pulse")]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_a_merge_told_by_its_push_and_its_pull_request_counts_once(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    """And the push, which names the files, is believed: here nothing but a lock file changed."""
    requests = [
        ("push", p.github_push(p.commit(7, "Faster installs (#12)", paths=("uv.lock",)))),
        ("pull_request", p.github_pull_request(title="Faster installs", n=7)),
    ]
    async with running(tmp_path) as here:
        for at in order:
            body = p.bytes_of(requests[at][1])
            await here.post("github", body, p.github_headers(body, requests[at][0], delivery=str(at)))
            await here.app.tasks.signals()
        await here.read()
        assert here.kept() == [("merge", "mara-l", "no")]


async def test_robots_do_not_fill_a_record(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        commits = [p.commit(n, f"Bump {n}", "dependabot[bot]") for n in range(30)]
        for at, some in enumerate((commits[:15], commits[15:])):
            body = p.bytes_of(p.github_push(*some))
            await here.post("github", body, p.github_headers(body, "push", delivery=str(at)))
        await here.read()
        assert here.kept() == [("merge", "dependabot[bot]", "no")], "one row a day says it"


# Whose it is.


async def test_pilots_of_one_repository_get_what_touches_their_folder(tmp_path: Path) -> None:
    link = "https://github.com/acme/reply-helper/tree/main/pilots/"
    some = (a_pilot("P01", link + "x"), a_pilot("P02", link + "y"), a_pilot("P03", LAB))
    async with running(tmp_path, *some) as here:
        body = p.bytes_of(
            p.github_push(
                p.commit(1, "For x", paths=("pilots/x/a.py",)),
                p.commit(2, "For both", "linh", paths=("pilots/x/b.py", "pilots/y/b.py")),
                p.commit(3, "For nobody", paths=("README.md",)),
            )
        )
        await here.post("github", body, p.github_headers(body, "push"))
        pull = p.bytes_of(p.github_pull_request(n=9))
        await here.post("github", pull, p.github_headers(pull, "pull_request", "another"))
        await here.read()
        assert [one.text for one in here.activities("P01")] == ["For x", "For both"]
        assert [one.text for one in here.activities("P02")] == ["For both"]
        assert here.kept("P03") == []


async def test_with_several_workspaces_the_address_says_whose(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        here.database.write_now(lambda conn: furnish(conn, a_pilot(), workspace_id="theirs"))
        body = p.bytes_of(p.github_push(p.commit(1)))
        assert (await here.post("github", body, p.github_headers(body, "push"))).status_code == 404
        assert (
            await here.post("github?workspace=nobody", body, p.github_headers(body, "push"))
        ).status_code == 404
        answer = await here.post("github?workspace=theirs", body, p.github_headers(body, "push"))
        assert answer.status_code == 202
        await here.read()
        assert here.kept() == []


# Stages and days.


async def test_work_counts_in_the_stage_of_its_day(tmp_path: Path) -> None:
    """Merged while the pilot was still framed, told after build began; and in the zone of the workspace."""
    built = a_pilot(stage=Stage.BUILD, stage_since=date(2026, 11, 17))
    async with running(tmp_path, built) as here:
        body = p.bytes_of(
            p.github_push(p.commit(1, at="2026-11-16T10:00:00+01:00"), p.commit(2, at="2026-11-16T23:30:00Z"))
        )
        await here.post("github", body, p.github_headers(body, "push"))
        await here.read()
        assert [(one.on.day, one.counts.value) for one in here.activities()] == [(16, "no"), (17, "pulse")]


async def test_a_day_that_has_not_come_is_today(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        body = p.bytes_of(p.github_push(p.commit(1, at="2038-01-19T03:14:07Z")))
        await here.post("github", body, p.github_headers(body, "push"))
        await here.read()
        assert [one.on for one in here.activities()] == [date(2026, 11, 18)]


# Anything else.


async def signal(here: Any, **fields: str) -> int:
    body = p.bytes_of(fields)
    return int((await here.post("signal", body, p.signal_headers(body))).status_code)


async def test_a_connectors_reading_is_a_reading(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        reading = {"kind": "reading", "actor": "svc-bi", "text": "conversion 5.2 %", "pilot": "P01"}
        assert await signal(here, **reading, day="2026-11-16") == 202
        assert await signal(here, **reading, day="2026-11-16") == 200
        assert await signal(here, **reading, day="2026-11-17") == 202
        assert (
            await signal(
                here, kind="run", actor="felix.arndt", text="returns.ipynb executed", pilot="pilot p01"
            )
            == 202
        )
        assert await signal(here, kind="telepathy", actor="felix.arndt", text="a thought", pilot="P01") == 202
        assert await signal(here, kind="run", actor="felix.arndt", text="x", pilot="Nobody") == 202
        assert (
            await signal(here, kind="reading", actor="svc-bi", text="6", pilot="P01", day="2027-01-01") == 202
        )
        await here.read()
        its = here.record()
        assert [(one.on.day, str(one.value)) for one in its.readings] == [(16, "5.2"), (17, "5.2")]
        assert sorted(here.kept()) == [
            ("reading", "svc-bi", "progress"),
            ("reading", "svc-bi", "progress"),
            ("run", "felix.arndt", "pulse"),
            ("telepathy", "felix.arndt", "no"),
        ]


async def test_a_directory_tells_that_somebody_left(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        assert (
            await signal(
                here, kind="user_deactivated", actor="system", text="mara.lindqvist deactivated", pilot="P01"
            )
            == 202
        )
        assert (
            await signal(
                here, kind="absence", actor="petra.holm", text="away 2026-12-01 to 2026-12-04", pilot="P01"
            )
            == 202
        )
        await here.read()
        pilot, _ = here.database.read_now(lambda conn: pilots.load(conn, OURS, ["P01"])["P01"])
        assert pilot.owner is not None
        assert pilot.owner.left_on == date(2026, 11, 18)
        assert pilot.sponsor is not None
        assert [one.start.day for one in pilot.sponsor.absences] == [1]
        assert pilot.owner.id == MARA.id


# What is turned away.


@pytest.mark.parametrize("door", ["github", "gitlab", "signal"])
async def test_what_is_not_signed_leaves_nothing(tmp_path: Path, door: str) -> None:
    body = p.bytes_of(p.github_push(p.commit(1)))
    async with running(tmp_path) as here:
        wrong: list[dict[str, str]] = [
            {},
            p.github_headers(body, "push", secret="another"),
            p.gitlab_headers(body, "Push Hook", secret="another"),
            p.signal_headers(body, secret="another"),
            p.github_headers(body + b" ", "push"),
        ]
        for headers in wrong:
            answer = await here.post(door, body, headers)
            assert answer.status_code == 401
            assert answer.text == f"The signature is not made with {door.upper()}_WEBHOOK_SECRET.\n"
        assert (await here.http.get(f"/hooks/{door}")).status_code == 405
        assert await here.read() == 0


async def test_a_header_sent_twice_is_not_believed(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        body = p.bytes_of(p.github_push(p.commit(1)))
        headers = [*p.github_headers(body, "push").items(), ("X-Hub-Signature-256", "sha256=" + "0" * 64)]
        answer = await here.http.post("/hooks/github", content=body, headers=headers)
        assert answer.status_code == 401


@pytest.mark.parametrize("door", ["github", "gitlab", "signal"])
async def test_a_door_without_a_secret_is_closed_and_says_which(tmp_path: Path, door: str) -> None:
    async with running(tmp_path, gitlab="", github_webhook_secret="", signal_webhook_secret="") as here:
        answer = await here.post(door, b"{}", {})
        assert answer.status_code == 404
        assert f"{door.upper()}_WEBHOOK_SECRET" in answer.text


async def test_ten_megabytes_are_turned_away(tmp_path: Path) -> None:
    async with running(tmp_path) as here:
        large = b'{"a": "' + b"x" * 10_000_000 + b'"}'
        told = await here.post("github", large, p.github_headers(large, "push"))
        assert told.status_code == 413

        async def drip() -> Any:
            for _ in range(11):
                yield large[: MOST_BYTES // 10]

        untold = await here.http.post(
            "/hooks/github", content=drip(), headers=p.github_headers(large, "push")
        )
        assert untold.status_code == 413, "nor without its length"
        most = b'{"a": "' + b"x" * (MOST_BYTES - 9) + b'"}'
        assert (await here.post("github", most, p.github_headers(most, "push"))).status_code == 202


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{", b"\xff", b"[" * 100_000, b"payload=%7B%7D", b'{"a": "\x00"}']
)
async def test_what_is_no_json_object_is_400(tmp_path: Path, body: bytes) -> None:
    async with running(tmp_path) as here:
        answer = await here.post("github", body, p.github_headers(body, "push"))
        assert answer.status_code == 400
        assert "application/json" in answer.text


async def test_what_fails_on_our_side_comes_again_and_ends(tmp_path: Path) -> None:
    """A body that was stored by another version of the program, say: its source is unknown to this one."""
    async with running(tmp_path) as here:
        body = p.bytes_of(p.github_push(p.commit(1)))
        here.database.write_now(
            lambda conn: received.add(conn, OURS, source="jira", key="j", subject="", body="{}", now=NOW)
        )
        await here.post("github", body, p.github_headers(body, "push"))
        for _ in range(8):
            await here.app.tasks.signals()
            here.clock.advance(minutes=11)
        assert here.kept() == [("merge", "mara-l", "pulse")], "the others do not wait for it"
        states = here.database.read_now(
            lambda conn: conn.exec_driver_sql("SELECT source, state FROM received ORDER BY source").all()
        )
        assert [tuple(row) for row in states] == [("github", "done"), ("jira", "failed")]
