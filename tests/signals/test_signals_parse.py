"""What each request of GitHub, GitLab and others tells, and whose it is; what the rules then say of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.activity import Circumstances, judged
from bot.domain.record import Activity, Counts
from bot.domain.stages import Stage
from bot.signals import generic, github, gitlab
from bot.signals.places import Repository
from bot.signals.sighting import Sighting, Unreadable, body_of
from tests.domain.build import MONDAY, pilot
from tests.signals import payloads as p

NOW = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)
BUILD = pilot(Stage.BUILD)
ROBOT_MAIL = "49699333+dependabot[bot]@users.noreply.github.com"


def heard(event: str, payload: p.Json, source: Any = github) -> list[Sighting]:
    found: list[Sighting] = source.parse(event, p.bytes_of(payload))
    return found


def verdicts(sightings: list[Sighting]) -> list[str]:
    """Kind and verdict of each change, in a pilot in build."""
    return [
        f"{one.kind} {judged(Activity(on=MONDAY, source=one.source, actor=change.actor, kind=one.kind, text=change.text), BUILD, frozenset(), Circumstances(robot=change.robot, by_hand=one.by_hand, rewritten=one.rewritten, paths=change.paths)).counts}"
        for one in sightings
        for change in one.changes
    ]


PULSE, NO = f"merge {Counts.PULSE}", f"merge {Counts.NO}"


@pytest.mark.parametrize(
    ("story", "event", "payload", "expected"),
    [
        ("a push by a person", "push", p.github_push(p.commit(1)), [PULSE]),
        ("two commits are two steps", "push", p.github_push(p.commit(1), p.commit(2)), [PULSE, PULSE]),
        ("dependabot", "push", p.github_push(p.commit(1, "Bump torch", "dependabot[bot]")), [NO]),
        (
            "a robot known by its address alone",
            "push",
            p.github_push(p.commit(1, "Bump torch", "Dependency Updates", email=ROBOT_MAIL)),
            [NO],
        ),
        ("renovate", "push", p.github_push(p.commit(1, "Update ruff", "renovate[bot]")), [NO]),
        ("pre-commit-ci", "push", p.github_push(p.commit(1, "hooks", "pre-commit-ci[bot]")), [NO]),
        ("a service account", "push", p.github_push(p.commit(1, "Sync", "svc-sync")), [NO]),
        (
            "lock files only, whatever the message says",
            "push",
            p.github_push(p.commit(1, "Fix the build", paths=("poetry.lock", "web/package-lock.json"))),
            [NO],
        ),
        (
            "a lock file beside a source file",
            "push",
            p.github_push(p.commit(1, "Use the new client", paths=("poetry.lock", "src/a.py"))),
            [PULSE],
        ),
        ("no file at all", "push", p.github_push(p.commit(1, "trigger CI", paths=())), [NO]),
        (
            "formatting only",
            "push",
            p.github_push(p.commit(1, "style: run black on the whole codebase")),
            [NO],
        ),
        ("licence headers", "push", p.github_push(p.commit(1, "Add licence headers to all files")), [NO]),
        (
            "a force-push",
            "push",
            p.github_push(p.commit(1), p.commit(2), forced=True),
            [f"rebase {Counts.NO}"] * 2,
        ),
        ("another branch", "push", p.github_push(p.commit(1), ref="refs/heads/danish"), []),
        ("a tag", "push", p.github_push(p.commit(1), ref="refs/tags/v1"), []),
        ("the branch is deleted", "push", p.github_push(deleted=True), []),
        (
            "a person merges a robot's branch: what it brought is the robot's",
            "push",
            p.github_push(
                p.commit(1, "Bump torch", "dependabot[bot]"),
                p.commit(2, "Merge pull request #9 from acme/dependabot/pip/torch", paths=("uv.lock",)),
            ),
            [NO],
        ),
        (
            "of which nothing but the merge is told",
            "push",
            p.github_push(p.commit(2, "Merge pull request #9 from acme/dependabot/pip/torch")),
            [NO],
        ),
        (
            "a person merges a person's branch",
            "push",
            p.github_push(p.commit(1), p.commit(2, "Merge pull request #9 from acme/danish")),
            [PULSE],
        ),
        ("a merged pull request", "pull_request", p.github_pull_request(), [PULSE]),
        ("of a robot", "pull_request", p.github_pull_request(author="dependabot[bot]"), [NO]),
        ("one that is closed unmerged", "pull_request", p.github_pull_request(merged=False), []),
        ("a deployment by a person", "deployment", p.github_deployment(), [f"deploy {Counts.PULSE}"]),
        (
            "its status",
            "deployment_status",
            p.github_deployment(state="success"),
            [f"deploy {Counts.PULSE}"],
        ),
        (
            "by a robot",
            "deployment",
            p.github_deployment(creator="github-actions[bot]"),
            [f"deploy {Counts.NO}"],
        ),
        (
            "by a robot for a person's push",
            "deployment_status",
            p.github_deployment(creator="github-actions[bot]", state="success", run=p.workflow_run("push")),
            [f"deploy {Counts.PULSE}"],
        ),
        (
            "by a schedule",
            "deployment_status",
            p.github_deployment(state="success", run=p.workflow_run("schedule")),
            [f"deploy {Counts.NO}"],
        ),
        (
            "by a run that another run set off, maybe a schedule's",
            "deployment_status",
            p.github_deployment(state="success", run=p.workflow_run("workflow_run")),
            [f"deploy {Counts.NO}"],
        ),
        (
            "GitHub's own pages, after a push",
            "deployment_status",
            p.github_deployment(creator="github-pages[bot]", state="success", run=p.workflow_run("dynamic")),
            [f"deploy {Counts.NO}"],
        ),
        ("an old one is taken away", "deployment_status", p.github_deployment(state="inactive"), []),
        ("a run started by hand", "workflow_run", p.github_run(), [f"run {Counts.PULSE}"]),
        ("by a push", "workflow_run", p.github_run("push"), [f"run {Counts.NO}"]),
        ("by a schedule, nightly", "workflow_run", p.github_run("schedule"), [f"run {Counts.NO}"]),
        (
            "by hand of a robot",
            "workflow_run",
            p.github_run(actor="github-actions[bot]"),
            [f"run {Counts.NO}"],
        ),
        (
            "a squashed branch, by whoever wrote it",
            "push",
            p.github_push(p.commit(1, "Danish tone guide (#12)\n\n* first\n* second")),
            [PULSE],
        ),
        (
            "a squashed branch of a robot",
            "push",
            p.github_push(p.commit(1, "Bump torch from 2.7 to 2.8 (#13)", "dependabot[bot]")),
            [NO],
        ),
        (
            "a merge queue pushes what people wrote",
            "push",
            p.github_push(
                p.commit(1),
                p.commit(2, "Merge pull request #9 from acme/danish"),
                sender=p.account("github-merge-queue[bot]"),
                pusher={"name": "github-merge-queue[bot]", "email": None},
            ),
            [PULSE],
        ),
        (
            "a branch that was rebased in is as many steps",
            "push",
            p.github_push(p.commit(1), p.commit(2), p.commit(3)),
            [PULSE] * 3,
        ),
        (
            "a main branch of another name",
            "push",
            p.github_push(p.commit(1), ref="refs/heads/trunk", repository=p.repository(branch="trunk")),
            [PULSE],
        ),
        (
            "and then main is a branch like any other",
            "push",
            p.github_push(p.commit(1), repository=p.repository(branch="trunk")),
            [],
        ),
        ("a revert by a person", "push", p.github_push(p.commit(1, 'Revert "Danish tone guide"')), [PULSE]),
        ("a release", "release", {"action": "published", "repository": p.repository()}, []),
        ("a check", "check_run", {"action": "completed", "repository": p.repository()}, []),
        ("a star", "star", {"action": "created", "repository": p.repository()}, []),
        ("an issue", "issues", {"action": "opened", "repository": p.repository()}, []),
        ("a label", "label", {"action": "edited", "repository": p.repository()}, []),
        ("no repository", "push", {"ref": "refs/heads/main"}, []),
    ],
)
def test_what_github_tells(story: str, event: str, payload: p.Json, expected: list[str]) -> None:
    assert verdicts(heard(event, payload)) == expected, story


@pytest.mark.parametrize(
    ("story", "payload", "expected"),
    [
        ("a push by a person", p.gitlab_push(p.gitlab_commit(1)), [PULSE]),
        (
            "an access token's user",
            p.gitlab_push(p.gitlab_commit(1, name="ci", email="project_15_bot_4f@noreply.gitlab.example")),
            [NO],
        ),
        ("renovate", p.gitlab_push(p.gitlab_commit(1, name="renovate-bot", email="r@example.org")), [NO]),
        ("lock files only", p.gitlab_push(p.gitlab_commit(1, paths=("Cargo.lock",))), [NO]),
        ("another branch", p.gitlab_push(p.gitlab_commit(1), ref="refs/heads/x"), []),
        ("the branch is deleted", p.gitlab_push(after="0" * 40), []),
        (
            "a merge of a robot's branch",
            p.gitlab_push(
                p.gitlab_commit(1, "Update ruff", name="renovate-bot", email="r@example.org"),
                p.gitlab_commit(2, "Merge branch 'renovate/ruff' into 'main'", paths=()),
            ),
            [NO],
        ),
        ("a merged request", p.gitlab_merge_request(), [PULSE]),
        ("a request that is opened", p.gitlab_merge_request(action="open"), []),
        ("a pipeline started by hand", p.gitlab_pipeline(), [f"run {Counts.PULSE}"]),
        ("by a schedule, owned by a person", p.gitlab_pipeline("schedule"), [f"run {Counts.NO}"]),
        ("by a push", p.gitlab_pipeline("push"), [f"run {Counts.NO}"]),
        ("by an access token", p.gitlab_pipeline(username="group_9_bot_77"), [f"run {Counts.NO}"]),
        ("a deployment by a person", p.gitlab_deployment(), [f"deploy {Counts.PULSE}"]),
        ("by a robot", p.gitlab_deployment(username="project_15_bot_4f"), [f"deploy {Counts.NO}"]),
        (
            "a main branch of another name",
            p.gitlab_push(
                p.gitlab_commit(1), ref="refs/heads/trunk", project=p.project() | {"default_branch": "trunk"}
            ),
            [PULSE],
        ),
        (
            "a merge train's push",
            p.gitlab_push(
                p.gitlab_commit(1), p.gitlab_commit(2, "Merge branch 'danish' into 'main'", name="Linh Tran")
            ),
            [PULSE],
        ),
        ("a child of another pipeline", p.gitlab_pipeline("parent_pipeline"), [f"run {Counts.NO}"]),
        ("a pipeline by a trigger", p.gitlab_pipeline("trigger"), [f"run {Counts.NO}"]),
        ("a job", {"object_kind": "build", "project": p.project()}, []),
        ("a comment", {"object_kind": "note", "project": p.project()}, []),
        ("an emoji", {"object_kind": "emoji", "project": p.project()}, []),
    ],
)
def test_what_gitlab_tells(story: str, payload: p.Json, expected: list[str]) -> None:
    assert verdicts(heard("", payload, gitlab)) == expected, story


def test_a_commit_is_called_the_same_whoever_tells_it() -> None:
    """A merge, the request it came from, and what it brought."""
    brought, merge = p.commit(1), p.commit(7, "Merge pull request #12 from acme/danish")
    [pushed] = heard("push", p.github_push(brought, merge))
    [merged] = heard("pull_request", p.github_pull_request(n=7))

    assert pushed.key == merged.key == f"commit/{p.sha(7)}"
    assert pushed.covers == (f"commit/{p.sha(1)}",)
    assert merged.patient
    assert not pushed.patient
    [here] = heard("", p.gitlab_push(p.gitlab_commit(7)), gitlab)
    [there] = heard("", p.gitlab_merge_request(n=7), gitlab)
    assert here.key == there.key
    assert pushed.repository == Repository("github.com", "acme/reply-helper")
    assert here.repository == Repository("gitlab.example", "acme/reply-helper")
    assert here.changes[0].actor == "mara"
    assert here.at == datetime(2026, 11, 17, 9, 0, tzinfo=UTC)


def test_gitlab_tells_of_a_schedule_in_another_request_than_of_its_deployment() -> None:
    [run] = heard("", p.gitlab_pipeline("schedule", job=796), gitlab)
    [deployed] = heard("", p.gitlab_deployment(job=796), gitlab)

    assert run.scheduled_jobs == (deployed.job,)
    assert deployed.patient


# Whose it is.


def test_github_is_known_by_its_signature() -> None:
    body = p.bytes_of(p.github_push(p.commit(1)))
    good = p.lower(p.github_headers(body, "push"))

    assert github.verify(good, body, p.SECRET)
    assert not github.verify(good, body + b" ", p.SECRET)
    assert not github.verify(good, body, "another")
    assert not github.verify(good, body, "")
    signature = good["x-hub-signature-256"]
    for wrong in (
        "",
        "sha256=",
        signature[:-1],
        signature.upper(),
        "sha1=" + signature[7:],
        "ö",
        signature + "\n",
    ):
        assert not github.verify(good | {"x-hub-signature-256": wrong}, body, p.SECRET), wrong
    assert github.subject(good) == "push"
    assert github.delivery(good, body) == "72d3162e-cc78-11e3"


def test_gitlab_is_known_by_its_token_or_by_its_signature() -> None:
    body = p.bytes_of(p.gitlab_push(p.gitlab_commit(1)))
    plain, signed = p.lower(p.gitlab_headers(body, "Push Hook")), p.lower(p.gitlab_signed(body, NOW))

    assert gitlab.verify(plain, body, p.SECRET, NOW)
    assert not gitlab.verify(plain, body, "another", NOW)
    assert not gitlab.verify({}, body, p.SECRET, NOW)
    assert not gitlab.verify(plain, body, "", NOW)
    assert gitlab.verify(signed, body, p.SIGNING_TOKEN, NOW)
    two = {"webhook-signature": f"v1,AAAA {signed['webhook-signature']}"}
    assert gitlab.verify(signed | two, body, p.SIGNING_TOKEN, NOW), "while a key is changed"
    assert not gitlab.verify(signed, body + b" ", p.SIGNING_TOKEN, NOW)
    assert not gitlab.verify(signed | {"webhook-id": "other"}, body, p.SIGNING_TOKEN, NOW)
    assert not gitlab.verify(signed, body, p.SIGNING_TOKEN, NOW + timedelta(seconds=301))
    assert not gitlab.verify(signed, body, p.SIGNING_TOKEN, NOW - timedelta(seconds=301))
    for stamp in ("", "abc", "1e3", "１７", "-1", "9" * 13):
        assert not gitlab.verify(signed | {"webhook-timestamp": stamp}, body, p.SIGNING_TOKEN, NOW), stamp
    for broken in ("whsec_", "whsec_***", "whsec_ö"):
        assert not gitlab.verify(signed, body, broken, NOW)
    assert not gitlab.verify({"x-gitlab-token": p.SIGNING_TOKEN}, body, p.SIGNING_TOKEN, NOW), (
        "a signing token is never sent as it is"
    )


def test_anything_else_signs_its_bytes() -> None:
    body = b'{"kind": "run", "actor": "felix", "text": "returns.ipynb executed", "pilot": "P03"}'
    good = p.lower(p.signal_headers(body))

    assert generic.verify(good, body, p.SECRET)
    assert not generic.verify(good, body + b"\n", p.SECRET)
    assert not generic.verify(good, body, "another")
    assert not generic.verify({}, body, p.SECRET)


# Anything else.


def test_a_signal_names_a_pilot_or_a_repository() -> None:
    [one] = generic.parse(
        "",
        b'{"kind": "reading", "actor": "svc-bi", "text": "5.2 %", "pilot": "P18", "day": "2026-09-14", "source": "bi"}',
    )
    assert (one.kind, one.pilot, str(one.on), one.source) == ("reading", "P18", "2026-09-14", "bi")
    [two] = generic.parse(
        "", b'{"kind": "run", "actor": "x", "repository": "git@github.com:Acme/Mono.git", "text": ""}'
    )
    assert two.repository == Repository("github.com", "acme/mono")
    assert one.key != two.key


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "kind is missing"),
        ('{"kind": "Run!"}', "kind is missing"),
        ('{"kind": "run"}', "one of them"),
        ('{"kind": "run", "pilot": "P1", "repository": "github.com/a/b"}', "one of them"),
        ('{"kind": "run", "repository": "here"}', "no address"),
        ('{"kind": "run", "pilot": "P1", "day": "4 Dec"}', "2026-12-04"),
        ('{"kind": "run", "pilot": "P1", "day": 20261204}', "day must be a text"),
        ('{"kind": "run", "pilot": "P1", "counts": "progress"}', "'counts' is not a field"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_signal_that_cannot_be_read_is_told_why(body: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        generic.parse("", body.encode())


@pytest.mark.parametrize("source", [github, gitlab])
@pytest.mark.parametrize("body", [b"", b"x", b"null", b"[1]", b'"push"', b"{" * 50_000, b"\xff\xfe"])
def test_what_is_no_object_is_said_so(source: Any, body: bytes) -> None:
    with pytest.raises(Unreadable):
        source.parse("push", body)


def test_other_peoples_words_are_stored_harmlessly() -> None:
    message = "<!channel> \x00\ud800\u202e" + "x" * 100_000
    payload = p.github_push(p.commit(1, message, "ma\x00ra\ud800"))
    import json

    [one] = github.parse("push", json.dumps(payload).encode())
    text, actor = one.changes[0].text, one.changes[0].actor
    assert len(text) <= 500
    for found in (text, actor):
        assert "\x00" not in found
        found.encode()
    assert body_of(b"{}") == {}
